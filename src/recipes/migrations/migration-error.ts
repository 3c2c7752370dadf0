import { brand } from '../../client/error-brand.js';
import { KeeperError } from '../../client/errors.js';
import { ErrorCode } from '../../protocol/error-codes.js';

/** What was done is not the beginning of what the set says: somebody changed a migration, or runs an older program. */
export class MigrationError extends KeeperError {
  /** Id of the set. */
  readonly id: string;

  static {
    brand(this, 'MigrationError');
  }

  /** @internal The manager makes them. */
  constructor(id: string, { path, why }: { readonly path: string; readonly why: string }) {
    const text = `migrations of ${id}: ${why}`;
    super({ code: 'MIGRATION', rc: ErrorCode.BADARGUMENTS, text }, { message: text, path, op: 'migrate' });
    this.id = id;
  }
}
