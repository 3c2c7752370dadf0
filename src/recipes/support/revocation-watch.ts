import { NoNodeError } from '../../client/errors.js';
import type { WaitOptions } from '../../client/client-options.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import { openController } from '../../client/open-controller.js';
import type { WatchHandle } from '../../client/watch-handle.js';
import { retry } from '../../client/support/retry.js';
import { WaitBudget } from '../../client/support/wait-budget.js';
import { warnOnce } from '../../client/support/warn-once.js';

/** What somebody writes to a contender's node to ask for the lock, as Curator does. */
const REVOKE = Buffer.from('__REVOKE__');

/** Asks whoever stands behind the node to give back what it stands for. A node that is gone is no error. */
export async function revoke(client: KeeperClient, path: string, options: WaitOptions): Promise<void> {
  const budget = new WaitBudget(client, options, `revoke ${path}`);
  const written = retry(client, budget, (wait) => client.setData(path, REVOKE, wait));
  const ignored = (error: unknown): void => {
    if (!(error instanceof NoNodeError)) throw error;
  };
  await budget.settle(
    written.then(() => undefined, ignored),
    0,
  );
}

/**
 * Watches a contender's own node for a request to give the lock back, from before it is first in line. Each event means
 * "read again, with a new watch". Sees the deletion of the node at no extra cost.
 */
export class RevocationWatch {
  readonly #client: KeeperClient;
  readonly #path: string;
  readonly #requested = openController();
  readonly #deleted = new AbortController();
  /** Ends the background reads when the watch is closed. */
  readonly #closing = new AbortController();
  readonly #budget: WaitBudget;
  #watch: WatchHandle | null = null;

  constructor(client: KeeperClient, path: string) {
    this.#client = client;
    this.#path = path;
    this.#budget = new WaitBudget(client, { signal: this.#closing.signal }, `watch ${path}`);
  }

  /** Aborts when the lock is asked back. */
  get requested(): AbortSignal {
    return this.#requested.signal;
  }

  /** Aborts when the node is seen to be gone. */
  get deleted(): AbortSignal {
    return this.#deleted.signal;
  }

  /** Resolves when the first watch stands: from here on no request is missed. */
  async open(budget: WaitBudget): Promise<void> {
    await this.#read(budget);
    void this.#follow();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#watch?.close();
  }

  async #follow(): Promise<void> {
    try {
      while (!this.#deleted.signal.aborted && !this.#closing.signal.aborted) {
        const event = await this.#watch?.fired;
        if (event === undefined || event.type === 'closed' || event.type === 'sessionLost') return;
        if (event.type === 'deleted') this.#deleted.abort();
        else await this.#read(this.#budget);
      }
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      const why = error instanceof Error ? error.message : String(error);
      warnOnce('PINFOLD_REVOCATION', this.#path, `requests to revoke ${this.#path} go unseen from now on: ${why}`);
    }
  }

  async #read(budget: WaitBudget): Promise<void> {
    try {
      const options = { watch: true } as const;
      const { data, watch } = await retry(this.#client, budget, (wait) =>
        this.#client.getData(this.#path, { ...options, ...wait }),
      );
      this.#watch = watch;
      if (this.#closing.signal.aborted) await watch.close();
      if (data?.equals(REVOKE) === true) this.#requested.abort();
    } catch (error) {
      if (!(error instanceof NoNodeError)) throw error;
      this.#deleted.abort();
    }
  }
}
