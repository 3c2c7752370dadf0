import { Fifo } from '../../runtime/fifo.js';
import type { CachedNode, CacheEvent } from './cache-event.js';

type Result = IteratorResult<CacheEvent, undefined>;

export interface CacheFeedOptions {
  /** Events kept for a reader that does not read. */
  readonly eventsMax: number;
  /** Begin with the copy. */
  readonly fromSnapshot: boolean;
  readonly snapshot: () => ReadonlyMap<string, CachedNode>;
}

/**
 * The events of a cache for one reader. What does not fit is dropped together with all that waits: the next thing this
 * reader sees is the copy as it is when it looks, so that what it builds from the events is always that copy.
 */
export class CacheFeed {
  readonly #options: CacheFeedOptions;
  readonly #events = new Fifo<CacheEvent>();
  readonly #takers = new Fifo<(result: Result) => void>();
  #isBehind: boolean;
  #hasEnded = false;

  constructor(options: CacheFeedOptions) {
    this.#options = options;
    this.#isBehind = options.fromSnapshot;
  }

  push(event: CacheEvent): void {
    // A reader that is behind gets the copy, with this in it.
    if (this.#hasEnded || this.#isBehind) return;
    const take = this.#takers.shift();
    if (take !== undefined) {
      take({ done: false, value: event });
    } else if (this.#events.length < this.#options.eventsMax) {
      this.#events.push(event);
    } else {
      this.#events.drain();
      this.#isBehind = true;
    }
  }

  /** What waits can still be read. */
  end(): void {
    this.#hasEnded = true;
    for (const take of this.#takers.drain()) take({ done: true, value: undefined });
  }

  next(): Promise<Result> {
    if (this.#isBehind && !this.#hasEnded) {
      this.#isBehind = false;
      return Promise.resolve({ done: false, value: { type: 'resync', snapshot: this.#options.snapshot() } });
    }
    const value = this.#events.shift();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (this.#hasEnded) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#takers.push(resolve));
  }
}
