import { BadArgumentsError, OutcomeUnknownError } from '../../client/errors.js';
import { waitFault } from '../../client/bounded-wait.js';
import { onAbort } from '../../client/on-abort.js';
import { LockLostError } from '../support/lock-lost-error.js';
import { WaitBudget } from '../../client/support/wait-budget.js';
import type { ItemTaker, Taken } from './item-taker.js';
import { QueueItem } from './queue-item.js';
import type { ItemsOptions } from './queue-options.js';
import type { QueueSpace } from './queue-space.js';

/** One consumer's items, one after the other. */
export class ItemStream<T> {
  readonly #space: QueueSpace;
  readonly #taker: ItemTaker<T>;
  readonly #concurrency: number;
  readonly #isTaken: boolean;
  readonly #leaving = new AbortController();
  /** Of the user, or of leaving. */
  readonly #signal: AbortSignal;
  /** In work. */
  readonly #open = new Set<QueueItem<T>>();
  /** Of a node with several payloads: claimed, and not yet asked for. */
  #next: QueueItem<T>[] = [];
  #settled: () => void = () => undefined;

  constructor(space: QueueSpace, taker: ItemTaker<T>, options: ItemsOptions) {
    const { concurrency = 1, mode = 'at-least-once', signal } = options;
    if (!(concurrency === Infinity || (Number.isInteger(concurrency) && concurrency >= 1))) {
      throw new BadArgumentsError({ message: `concurrency is ${concurrency}; it must be a whole number, 1 or more` });
    }
    if (mode !== 'at-least-once' && mode !== 'at-most-once') {
      const message = `mode is ${String(mode)}; it must be at-least-once or at-most-once`;
      throw new BadArgumentsError({ message });
    }
    this.#space = space;
    this.#taker = taker;
    this.#concurrency = concurrency;
    this.#isTaken = mode === 'at-most-once';
    const fault = waitFault({ signal });
    if (fault !== null) throw new BadArgumentsError({ message: `take from ${space.path}: ${fault}`, path: space.path });
    const ends = this.#leaving.signal;
    this.#signal = signal === undefined ? ends : AbortSignal.any([signal, ends]);
  }

  items(): AsyncGenerator<QueueItem<T>, void, undefined> {
    const items = this.#items();
    const leave = items.return.bind(items);
    // A generator does one thing after the other: who leaves would wait for the item that a `next` under way waits for.
    items.return = (value) => {
      this.#leaving.abort();
      return leave(value);
    };
    return items;
  }

  async *#items(): AsyncGenerator<QueueItem<T>, void, undefined> {
    let isOver = false;
    try {
      for (;;) {
        const item = await this.#one();
        if (item === null) break;
        yield item;
      }
      isOver = !this.#leaving.signal.aborted;
    } finally {
      // Who breaks off, or throws, works at none of them any more. Who is told to stop finishes what it has.
      await this.#leave(isOver ? this.#next : [...this.#open, ...this.#next]);
    }
  }

  /** Null when the signal says that it is enough. */
  async #one(): Promise<QueueItem<T> | null> {
    const budget = new WaitBudget(this.#space.client, { signal: this.#signal }, `take from ${this.#space.path}`);
    try {
      return await budget.settle(this.#take(budget));
    } catch (error) {
      if (this.#signal.aborted && error === this.#signal.reason) return null;
      throw error;
    }
  }

  async #take(budget: WaitBudget): Promise<QueueItem<T>> {
    await this.#room(budget);
    for (;;) {
      budget.throwIfSpent();
      const item = this.#next.shift();
      if (item === undefined) {
        this.#next = await this.#claimed(await this.#taker.take(budget));
      } else if (this.#isTaken || item.isHeld()) {
        if (!this.#isTaken) this.#follow(item);
        return item;
      }
    }
  }

  /** Waits until fewer items than `concurrency` are in work. */
  async #room(budget: WaitBudget): Promise<void> {
    while (this.#open.size >= this.#concurrency) {
      budget.throwIfSpent();
      await new Promise<void>((resolve) => {
        const leave = onAbort(budget.signal, () => resolve());
        this.#settled = () => {
          leave();
          resolve();
        };
      });
    }
  }

  async #claimed({ node, values }: Taken<T>): Promise<QueueItem<T>[]> {
    if (this.#isTaken || values.length === 0) {
      try {
        await node.finish();
      } catch (error) {
        if (!(error instanceof LockLostError)) this.#lost(error);
        return [];
      }
    }
    return values.map((value, at) => new QueueItem(this.#space, { node, at, value, isTaken: this.#isTaken }));
  }

  /** It may be out of the queue, and then nobody gets it; delivered at most once. */
  #lost(error: unknown): void {
    if (!(error instanceof OutcomeUnknownError)) throw error;
    this.#space.tell(error);
  }

  #follow(item: QueueItem<T>): void {
    this.#open.add(item);
    onAbort(item.signal, () => {
      this.#open.delete(item);
      this.#settled();
    });
  }

  async #leave(items: readonly QueueItem<T>[]): Promise<void> {
    await Promise.all(items.map((item) => item.release().catch((error: unknown) => this.#space.tell(error))));
  }
}
