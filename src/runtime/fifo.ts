const CAPACITY_MIN = 16;
/** A line that was longer than this gives its memory back when it has emptied. */
const CAPACITY_KEPT = 1024;

/**
 * First in, first out, over a ring whose size is a power of two: while the line keeps its length nothing is allocated and
 * nothing moves.
 */
export class Fifo<T> {
  private ring: (T | undefined)[] = [];
  private head = 0;
  private count = 0;

  get length(): number {
    return this.count;
  }

  peek(): T | undefined {
    return this.count === 0 ? undefined : this.ring[this.head];
  }

  push(item: T): void {
    if (this.count === this.ring.length) this.resize(Math.max(CAPACITY_MIN, this.count * 2));
    this.ring[(this.head + this.count) & (this.ring.length - 1)] = item;
    this.count++;
  }

  shift(): T | undefined {
    if (this.count === 0) return undefined;
    const { ring, head } = this;
    const item = ring[head];
    ring[head] = undefined;
    this.head = (head + 1) & (ring.length - 1);
    this.count--;
    if (this.count === 0 && ring.length > CAPACITY_KEPT) this.drain();
    return item;
  }

  /** Empties it, returning what was in it, oldest first. */
  drain(): T[] {
    const items: T[] = [];
    for (let i = 0; i < this.count; i++) items.push(this.at(i));
    this.ring = [];
    this.head = 0;
    this.count = 0;
    return items;
  }

  /** Oldest first; nothing may be changed meanwhile. */
  *[Symbol.iterator](): IterableIterator<T> {
    for (let i = 0; i < this.count; i++) yield this.at(i);
  }

  /** Keeps what passes, in order. */
  retain(keep: (item: T) => boolean): void {
    for (const item of this.drain()) if (keep(item)) this.push(item);
  }

  private at(index: number): T {
    return this.ring[(this.head + index) & (this.ring.length - 1)] as T;
  }

  private resize(capacity: number): void {
    const ring: (T | undefined)[] = new Array<T | undefined>(capacity).fill(undefined);
    for (let i = 0; i < this.count; i++) ring[i] = this.at(i);
    this.ring = ring;
    this.head = 0;
  }
}
