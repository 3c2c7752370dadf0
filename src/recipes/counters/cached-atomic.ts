import { BadArgumentsError, OutcomeUnknownError } from '../../client/errors.js';
import type { WaitOptions } from '../../client/client-options.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import { orAbort } from '../../client/support/or-abort.js';
import { WaitBudget } from '../../client/support/wait-budget.js';
import type { AtomicChange } from './atomic-node.js';

/** A number that nobody else gets. */
export interface CachedNumber<N> {
  /** The number. */
  readonly preValue: N;
  /** One more. */
  readonly postValue: N;
}

export interface CachedAtomicSpec<N> {
  /** Of the counter. */
  readonly path: string;
  /** How many numbers are fetched at a time. */
  readonly cacheFactor: number;
  readonly fetch: () => Promise<AtomicChange<N>>;
  readonly plusOne: (value: N) => N;
}

/** Hands out the numbers of blocks that are fetched one after the other, each of them to one caller. */
export abstract class CachedAtomic<N extends number | bigint> {
  readonly path: string;
  readonly #client: KeeperClient;
  readonly #spec: CachedAtomicSpec<N>;
  #next: N | null = null;
  #left = 0;
  #fetching: Promise<void> | null = null;

  /** @internal */
  constructor(client: KeeperClient, spec: CachedAtomicSpec<N>) {
    const { cacheFactor } = spec;
    if (!(Number.isSafeInteger(cacheFactor) && cacheFactor >= 1)) {
      throw new BadArgumentsError({ message: `cacheFactor is ${cacheFactor}; it must be a whole number, 1 or more` });
    }
    this.path = spec.path;
    this.#client = client;
    this.#spec = spec;
  }

  /**
   * A number that no other caller gets, in this process or another. Asks a server once in `cacheFactor` times. When the
   * wait is cut short, the block that is being fetched serves the next caller.
   */
  async next(options: WaitOptions = {}): Promise<CachedNumber<N>> {
    const budget = new WaitBudget(this.#client, options, `next of ${this.path}`);
    return budget.settle(this.#take(budget), 0);
  }

  async #take(budget: WaitBudget): Promise<CachedNumber<N>> {
    for (;;) {
      budget.throwIfSpent();
      if (this.#left > 0 && this.#next !== null) {
        const preValue = this.#next;
        this.#next = this.#spec.plusOne(preValue);
        this.#left -= 1;
        return { preValue, postValue: this.#next };
      }
      await orAbort(this.#fetched(), budget.signal);
    }
  }

  #fetched(): Promise<void> {
    this.#fetching ??= this.#fetch().finally(() => (this.#fetching = null));
    return this.#fetching;
  }

  async #fetch(): Promise<void> {
    for (;;) {
      try {
        this.#next = (await this.#spec.fetch()).preValue;
        this.#left = this.#spec.cacheFactor;
        return;
      } catch (error) {
        // A block that was perhaps taken is left out: its numbers are lost, and no number is given out twice.
        if (!(error instanceof OutcomeUnknownError)) throw error;
      }
    }
  }
}
