import type { Zxid } from '../../protocol/zxid.js';

const INITIAL_SIZE = 64;

/** First in, first out, of numbers, in a ring that grows: what is under way on a hot path, without an object for each. */
export class ZxidQueue {
  private ring = new Float64Array(INITIAL_SIZE);
  private first = 0;
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** The oldest; undefined when there is none. */
  peek(): Zxid | undefined {
    return this.count === 0 ? undefined : (this.ring[this.first] as Zxid);
  }

  push(zxid: Zxid): void {
    if (this.count === this.ring.length) this.grow();
    this.ring[(this.first + this.count) & (this.ring.length - 1)] = zxid;
    this.count++;
  }

  shift(): void {
    if (this.count === 0) throw new RangeError('an empty queue has no first item');
    this.first = (this.first + 1) & (this.ring.length - 1);
    this.count--;
  }

  clear(): void {
    this.first = 0;
    this.count = 0;
  }

  private grow(): void {
    const larger = new Float64Array(this.ring.length * 2);
    for (let i = 0; i < this.count; i++) larger[i] = this.ring[(this.first + i) & (this.ring.length - 1)]!;
    this.ring = larger;
    this.first = 0;
  }
}
