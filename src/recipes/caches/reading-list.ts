import { Fifo } from '../../runtime/fifo.js';

/** `node`: its data. `subtree`: its data, its children, and theirs. */
export type Depth = 'node' | 'subtree';

export type ReadNode = (path: string, depth: Depth) => Promise<void>;

/** What has to be read: each path once, however often it is asked for, and never twice at a time. */
export class ReadingList {
  readonly #inFlightMax: number;
  readonly #wanted = new Map<string, Depth>();
  readonly #queue = new Fifo<string>();
  readonly #reading = new Set<string>();
  #wake: () => void = () => undefined;

  constructor(inFlightMax: number) {
    this.#inFlightMax = inFlightMax;
  }

  get isEmpty(): boolean {
    return this.#wanted.size === 0 && this.#reading.size === 0;
  }

  /** A read that is under way may be too old for whoever asks: then it is made again afterwards. */
  add(path: string, depth: Depth): void {
    const before = this.#wanted.get(path);
    this.#wanted.set(path, before === 'subtree' ? before : depth);
    if (before !== undefined || this.#reading.has(path)) return;
    this.#queue.push(path);
    this.#wake();
  }

  /**
   * Reads until nothing is left, also of what is added meanwhile. After the first read that fails no other is started: what
   * has not been read stays on the list, and this rejects with that failure when the reads under way are over.
   */
  async drain(read: ReadNode): Promise<void> {
    const failures: unknown[] = [];
    for (;;) {
      while (failures.length === 0 && this.#reading.size < this.#inFlightMax) {
        const path = this.#queue.shift();
        if (path === undefined) break;
        void this.#read(path, read, failures);
      }
      if (this.#reading.size === 0) break;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    if (failures.length > 0) throw failures[0] as Error;
  }

  async #read(path: string, read: ReadNode, failures: unknown[]): Promise<void> {
    const depth = this.#wanted.get(path) ?? 'node';
    this.#wanted.delete(path);
    this.#reading.add(path);
    try {
      await read(path, depth);
    } catch (error) {
      failures.push(error);
      this.#wanted.set(path, this.#wanted.get(path) ?? depth);
      if (depth === 'subtree') this.#wanted.set(path, depth);
    }
    this.#reading.delete(path);
    if (this.#wanted.has(path)) this.#queue.push(path);
    this.#wake();
  }
}
