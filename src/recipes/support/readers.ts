import { onAbort } from '../../client/on-abort.js';

/** What one reader has not read yet. */
export interface Feed<Event> {
  next(): Promise<IteratorResult<Event, undefined>>;
  /** Nothing comes any more; what is there can still be read. */
  end(): void;
}

/** Everybody who reads what a recipe tells, each at a pace of their own, until they leave or nothing comes any more. */
export class Readers<Event, F extends Feed<Event>> {
  readonly #feeds = new Set<F>();
  #hasEnded = false;

  /** Those who are told what happens. */
  get feeds(): Iterable<F> {
    return this.#feeds;
  }

  /** A new reader, whose iteration ends with the signal at the latest. */
  join(feed: F, signal: AbortSignal | undefined): AsyncIterator<Event, undefined> {
    let forget = (): void => undefined;
    const leave = (): void => {
      feed.end();
      this.#feeds.delete(feed);
      forget();
    };
    if (this.#hasEnded) feed.end();
    else this.#feeds.add(feed);
    if (signal !== undefined) forget = onAbort(signal, leave);
    return {
      next: () => feed.next(),
      return: async () => {
        leave();
        return { done: true, value: undefined };
      },
    };
  }

  /** Who comes later finds the end. */
  end(): void {
    this.#hasEnded = true;
    for (const feed of this.#feeds) feed.end();
    this.#feeds.clear();
  }
}
