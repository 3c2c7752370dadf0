import { KeeperError, TransactionError } from '../../client/errors.js';
import { ErrorCode } from '../../protocol/error-codes.js';
import { childOf } from '../../protocol/paths.js';
import { createContainers } from '../support/create-containers.js';
import type { Grant } from '../support/grant.js';
import { WaitBudget } from '../../client/support/wait-budget.js';
import type { QueueSpace } from './queue-space.js';

export interface CorruptItem {
  readonly name: string;
  /** Of its claim. */
  readonly grant: Grant;
  readonly data: Buffer | null;
  readonly version: number;
  readonly cause: unknown;
}

/**
 * Moves items that nobody can read out of the way, beside the queue, and tells of them. (Curator deletes them. Its consumers
 * do not look there.)
 */
export class CorruptItems {
  readonly #space: QueueSpace;

  constructor(space: QueueSpace) {
    this.#space = space;
  }

  async setAside({ name, grant, data, version, cause }: CorruptItem): Promise<void> {
    const { client, corruptPath, options } = this.#space;
    const path = this.#space.itemPath(name);
    const keptAt = childOf(corruptPath, name);
    const budget = new WaitBudget(client, {}, `set ${name} aside`);
    try {
      await createContainers(client, budget, { path: corruptPath, acl: options.parentAcl });
      // By now the claim may be the next one's, who perhaps can read it.
      if (!grant.isHeld()) return await grant.exit();
      await client
        .transaction()
        .delete(grant.node.path)
        .delete(path, { version })
        .create(`${keptAt}-`, data, { mode: 'persistent-sequential', acl: options.acl })
        .commit();
      grant.end('released');
    } catch (error) {
      await grant.exit();
      // Somebody else has taken it meanwhile.
      if (error instanceof TransactionError) return;
      if (!(error instanceof KeeperError && error.retryable)) throw error;
      // It is tried again, unless it was done and the answer is lost: that must not go unsaid.
      if (!error.ambiguous) return;
    }
    const why = cause instanceof Error ? cause.message : String(cause);
    const text = `${path} cannot be read (${why}): set aside below ${corruptPath}`;
    this.#space.tell(
      new KeeperError({ code: 'CORRUPT_DATA', rc: ErrorCode.DATAINCONSISTENCY, text }, { path, message: text, cause }),
    );
  }
}
