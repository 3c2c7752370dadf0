import { onAbort } from '../../client/on-abort.js';

interface Reader<T> {
  /** Resolves the pending `next()`, if there is one. */
  wake: (() => void) | null;
  seen: T | undefined;
  hasSeen: boolean;
}

/**
 * A value that changes. Whoever iterates over it gets the present value, and then each change it is in time for: what it
 * misses is skipped, and the last one never is. Nothing is kept for readers that do not read.
 */
export class Latest<T> implements AsyncIterable<T> {
  readonly #readers = new Set<Reader<T>>();
  #value: T;
  #hasEnded = false;

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  /** Setting the value that it has is no change. */
  set(value: T): void {
    if (this.#hasEnded || Object.is(value, this.#value)) return;
    this.#value = value;
    this.#wakeAll();
  }

  /** No change comes any more: iterations end once they have told the last one. */
  end(): void {
    this.#hasEnded = true;
    this.#wakeAll();
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return this.changes()[Symbol.asyncIterator]();
  }

  /** The same, until the signal aborts: then the iteration ends, without an error. */
  changes({ signal }: { readonly signal?: AbortSignal | undefined } = {}): AsyncIterable<T, undefined> {
    return { [Symbol.asyncIterator]: () => this.#iterator(signal) };
  }

  #iterator(signal: AbortSignal | undefined): AsyncIterator<T, undefined> {
    const reader: Reader<T> = { wake: null, seen: undefined, hasSeen: false };
    this.#readers.add(reader);
    let isOver = false;
    const end = (): void => {
      isOver = true;
      leave();
      this.#readers.delete(reader);
      reader.wake?.();
    };
    let leave = (): void => undefined;
    if (signal !== undefined) leave = onAbort(signal, end);
    return {
      next: async () => {
        while (!isOver && reader.hasSeen && Object.is(reader.seen, this.#value)) {
          if (this.#hasEnded) end();
          else await new Promise<void>((resolve) => (reader.wake = resolve));
          reader.wake = null;
        }
        if (isOver) return { done: true, value: undefined };
        reader.seen = this.#value;
        reader.hasSeen = true;
        return { done: false, value: this.#value };
      },
      return: async () => {
        end();
        return { done: true, value: undefined };
      },
    };
  }

  #wakeAll(): void {
    for (const reader of this.#readers) reader.wake?.();
  }
}
