import { KeeperError, OutcomeUnknownError, TransactionError } from '../../client/errors.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import type { Session } from '../../client/session.js';
import type { Transaction, TransactionResult } from '../../client/transaction-types.js';
import { childOf } from '../../protocol/paths.js';
import { Backoff } from '../../client/support/backoff.js';
import { createContainers } from './create-containers.js';
import { isRetryable, retry } from '../../client/support/retry.js';
import type { WaitBudget } from '../../client/support/wait-budget.js';

export interface MarkedWrite {
  /** Parent of the markers, made when it is missing. */
  readonly place: string;
  /** Adds what is to be done. Called again for each attempt. */
  readonly fill: (transaction: Transaction) => Transaction;
}

const NOTHING = Buffer.alloc(0);

/** Where the markers of writes to `path` stand: beside it, because what Curator finds below it would puzzle it. */
export function markersOf(path: string): string {
  return `${path}-outcomes`;
}

/**
 * Commits a transaction exactly once, whatever replies get lost: with it goes the creation of an ephemeral node of a
 * unique name. Where that node is, the transaction was carried out; while the session lives it can be asked for, and a
 * second attempt with the same name is refused. Null: it was carried out, and its results are lost. Rejects with a
 * TransactionError when it was refused, and with an OutcomeUnknownError when the session ended, or the budget, before
 * there was an answer. Its caller must have committed the budget.
 */
export async function marked(
  client: KeeperClient,
  budget: WaitBudget,
  write: MarkedWrite,
): Promise<readonly TransactionResult[] | null> {
  return new MarkedCommit(client, budget, write).run();
}

class MarkedCommit {
  readonly #client: KeeperClient;
  readonly #budget: WaitBudget;
  readonly #write: MarkedWrite;
  readonly #marker: string;

  constructor(client: KeeperClient, budget: WaitBudget, write: MarkedWrite) {
    this.#client = client;
    this.#budget = budget;
    this.#write = write;
    this.#marker = childOf(write.place, client.runtime.random.uuid());
  }

  async run(): Promise<readonly TransactionResult[] | null> {
    const backoff = new Backoff(this.#client);
    for (;;) {
      this.#budget.throwIfSpent();
      // While there is none, the transaction would wait for the next session, unseen by what is found out about this one.
      await retry(this.#client, this.#budget, (wait) => this.#client.connected(wait));
      const { session } = this.#client;
      try {
        const results = await this.#commit();
        this.#clear(session);
        return results.slice(1);
      } catch (error) {
        if (error instanceof TransactionError) {
          if (await this.#isDone(error, session)) return null;
        } else if (!isUncertain(error, this.#budget)) {
          if (!isRetryable(error)) throw error;
        } else if (await this.#stands(error, session)) {
          return null;
        }
      }
      await backoff.wait(this.#budget.signal);
    }
  }

  #commit(): Promise<TransactionResult[]> {
    const transaction = this.#client.transaction().create(this.#marker, NOTHING, { mode: 'ephemeral' });
    return this.#write.fill(transaction).commit({ signal: this.#budget.signal });
  }

  /** True when an earlier attempt was carried out after all. Throws a refusal that is none of the marker's. */
  async #isDone(error: TransactionError, session: Session): Promise<boolean> {
    if (error.index !== 0) throw error;
    if (error.code === 'NODE_EXISTS') {
      this.#clear(session);
      return true;
    }
    if (error.code !== 'NO_NODE') throw error;
    await createContainers(this.#client, this.#budget, { path: this.#write.place, acl: undefined });
    return false;
  }

  /** Looks for the marker after an attempt whose answer is lost. False: it was not carried out, and may be repeated. */
  async #stands(cause: unknown, session: Session): Promise<boolean> {
    try {
      const stat = await retry(this.#client, this.#budget, async (wait) => {
        const [, found] = await Promise.all([
          this.#client.sync(this.#write.place, wait),
          this.#client.exists(this.#marker, wait),
        ]);
        return found.stat;
      });
      // Also when it went with its session, the marker can tell nothing any more.
      if (stat === null && isLive(this.#client, session)) return false;
      this.#clear(session);
      if (stat?.ephemeralOwner === session.id) return true;
    } catch {
      this.#clear(session);
    }
    throw new OutcomeUnknownError({ path: this.#write.place, op: 'multi', attempted: undefined, cause });
  }

  /** Nobody waits for it: it hangs on the session as well. */
  #clear(session: Session): void {
    void this.#client.guaranteedDelete(this.#marker, { sessionId: session.id });
  }
}

/** Whether a write that failed so may have been carried out. An abort may have caught it anywhere. */
export function isUncertain(error: unknown, budget: WaitBudget): boolean {
  return !(error instanceof KeeperError) || error.ambiguous || (budget.isSpent && error === budget.signal.reason);
}

function isLive(client: KeeperClient, session: Session): boolean {
  return !session.signal.aborted && client.sessionId === session.id;
}
