/** What a {@link ChainTable} holds. */
export interface Chained<T> {
  /** What it is found by; must not change while it is in a table. */
  readonly hash: number;
  /** The next one of its chain; the table's own. */
  next: T | null;
}

const BUCKETS_MIN = 64;
/** 2^32 divided by the golden ratio: spreads a hash over all bits. */
const SPREAD = 0x9e3779b1;

/**
 * A hash table for what comes and goes all the time, chained through the items. A Map would do, but for the garbage
 * collector: each table that a Map outgrows points to the next one, so that once one of them has become old, whatever
 * is put in later becomes old, too, however short it lives. It made a quarter of all garbage of creates outlive its time.
 */
export class ChainTable<T extends Chained<T>> {
  private buckets: (T | null)[] = new Array<T | null>(BUCKETS_MIN).fill(null);
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** The first of those among which all with this hash are; the others follow by `next`. */
  first(hash: number): T | null {
    return this.buckets[this.bucketOf(hash)]!;
  }

  add(item: T): void {
    if (this.count === this.buckets.length) this.grow();
    this.push(item);
    this.count++;
  }

  /** It must be in the table. */
  remove(item: T): void {
    const bucket = this.bucketOf(item.hash);
    let before: T | null = null;
    for (let at: T | null = this.buckets[bucket]!; at !== item; at = at.next) {
      if (at === null) throw new Error('what is to be removed is not in the table');
      before = at;
    }
    if (before === null) this.buckets[bucket] = item.next;
    else before.next = item.next;
    item.next = null;
    this.count--;
  }

  *values(): IterableIterator<T> {
    for (const first of this.buckets) for (let at = first; at !== null; at = at.next) yield at;
  }

  private bucketOf(hash: number): number {
    return (Math.imul(hash, SPREAD) >>> 8) & (this.buckets.length - 1);
  }

  private push(item: T): void {
    const bucket = this.bucketOf(item.hash);
    item.next = this.buckets[bucket]!;
    this.buckets[bucket] = item;
  }

  private grow(): void {
    const items = [...this.values()];
    this.buckets = new Array<T | null>(this.buckets.length * 2).fill(null);
    for (const item of items) this.push(item);
  }
}
