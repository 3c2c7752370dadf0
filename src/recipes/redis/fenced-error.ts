import { brand } from '../../client/error-brand.js';
import { KeeperError } from '../../client/errors.js';
import { ErrorCode } from '../../protocol/error-codes.js';

/** A write with a token that is older than one that Redis has seen for the same key. Nothing was written. */
export class FencedError extends KeeperError {
  /** Of the writer that was refused. */
  readonly token: number;
  /** The largest that was seen: somebody else has held the lock since. */
  readonly highest: number;

  static {
    brand(this, 'FencedError');
  }

  /** @internal The guard makes them. */
  constructor(key: string, { token, highest }: { readonly token: number; readonly highest: number }) {
    super(
      { code: 'FENCED', rc: ErrorCode.BADVERSION, text: 'a newer token was seen' },
      { message: `${key}: token ${token} is older than ${highest}, which was seen before: refused`, path: key },
    );
    this.token = token;
    this.highest = highest;
  }
}
