import { NoNodeError, OutcomeUnknownError, TransactionError } from '../../client/errors.js';
import type { WatchHandle } from '../../client/watch-handle.js';
import { InterProcessMutex } from '../locks/inter-process-mutex.js';
import { Backoff } from '../../client/support/backoff.js';
import { isUncertain, marked, markersOf } from '../support/marked-commit.js';
import { orAbort } from '../../client/support/or-abort.js';
import { isRetryable, retry } from '../../client/support/retry.js';
import type { WaitBudget } from '../../client/support/wait-budget.js';
import type { QueueSpace } from './queue-space.js';

/** Puts items into a queue, and waits while it is full. */
export class ItemProducer {
  readonly #space: QueueSpace;
  readonly #putters: InterProcessMutex;
  /** Puts for which there was room, and which a server may not have counted yet. */
  #underWay = 0;
  /** Wakes the one that waits for room. */
  #concluded: () => void = () => undefined;

  constructor(space: QueueSpace) {
    const { acl, parentAcl } = space.options;
    this.#space = space;
    this.#putters = new InterProcessMutex(space.client, space.puttersPath, { acl, parentAcl });
  }

  /** `prefix`: the name of the item without its sequence number. */
  async put(budget: WaitBudget, prefix: string, data: Buffer): Promise<void> {
    await this.#space.ensure(budget);
    if (await this.#reserve(budget)) return this.#putReserved(budget, prefix, data);
    // One of those who wait looks; the others stand in line behind it.
    const hold = await this.#putters.acquire({ signal: budget.signal });
    try {
      await this.#room(budget);
      await this.#putReserved(budget, prefix, data);
    } finally {
      hold.release().catch((error: unknown) => this.#space.tell(error));
    }
  }

  /** To be called with a room that is reserved. */
  async #putReserved(budget: WaitBudget, prefix: string, data: Buffer): Promise<void> {
    try {
      await this.#create(budget, prefix, data);
    } finally {
      this.#underWay -= 1;
      this.#concluded();
    }
  }

  /** Whether there is room; then it is the caller's at once, so that calls that come together do not all take the same one. */
  async #reserve(budget: WaitBudget): Promise<boolean> {
    const { client, path, options } = this.#space;
    const { maxItems = Infinity } = options;
    if (maxItems !== Infinity) {
      const { stat } = await retry(client, budget, (wait) => client.exists(path, wait));
      if ((stat?.numChildren ?? 0) + this.#underWay >= maxItems) return false;
    }
    this.#underWay += 1;
    return true;
  }

  /** A standing watch, because to leave one that fires once one has to list the whole queue. */
  async #room(budget: WaitBudget): Promise<void> {
    const { client, path } = this.#space;
    const watch = await retry(client, budget, (wait) => client.addWatch(path, wait));
    try {
      const events = watch[Symbol.asyncIterator]();
      let change = events.next();
      while (!(await this.#reserve(budget))) {
        // A put of our own that fails leaves room, and nothing changes at the server.
        const concluded = new Promise<null>((resolve) => (this.#concluded = () => resolve(null)));
        const event = await orAbort(Promise.race([change, concluded]), budget.signal);
        if (event !== null) change = events.next();
      }
    } finally {
      await close(watch);
    }
  }

  async #create(budget: WaitBudget, prefix: string, data: Buffer): Promise<void> {
    const { client } = this.#space;
    const path = this.#space.itemPath(prefix);
    const backoff = new Backoff(client);
    // From here on the create itself says how it ended: a time-out in the middle of it is no "nothing happened".
    if (!budget.commit()) budget.throwIfSpent();
    for (;;) {
      budget.throwIfSpent();
      try {
        return await this.#attempt(budget, path, data);
      } catch (error) {
        if (isMissing(error)) {
          await this.#space.make(budget);
          continue;
        }
        if (error instanceof OutcomeUnknownError || isUncertain(error, budget)) {
          throw new OutcomeUnknownError({ path, op: 'put', attempted: data, cause: error });
        }
        if (!isRetryable(error)) throw error;
      }
      await backoff.wait(budget.signal);
    }
  }

  async #attempt(budget: WaitBudget, path: string, data: Buffer): Promise<void> {
    const { client, options } = this.#space;
    const mode = 'persistent-sequential';
    const { acl, exactlyOnce = false } = options;
    if (!exactlyOnce) {
      await client.create(path, data, { mode, acl, signal: budget.signal });
      return;
    }
    await marked(client, budget, {
      place: markersOf(this.#space.sidePath),
      fill: (transaction) => transaction.create(path, data, { mode, acl }),
    });
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof NoNodeError || (error instanceof TransactionError && error.code === 'NO_NODE');
}

/** Its end is nothing to wait for, or to fail at. */
async function close(watch: WatchHandle): Promise<void> {
  await watch.close().catch(() => undefined);
}
