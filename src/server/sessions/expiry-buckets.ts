/** Something that expires at a moment kept on it. */
export interface Expirable {
  expiresAtMs: number;
}

/**
 * Deadlines rounded up to the next multiple of a tick, so that moving one is seldom needed and always cheap: an item
 * expires between its timeout and a tick more after it was last touched (client-protocol 10.1).
 */
export class ExpiryBuckets<Item extends Expirable> {
  readonly tickMs: number;
  private readonly buckets = new Map<number, Set<Item>>();

  constructor(tickMs: number) {
    if (!(tickMs > 0)) throw new RangeError(`tickMs ${tickMs} is not above 0`);
    this.tickMs = tickMs;
  }

  add(item: Item, deadlineMs: number): void {
    item.expiresAtMs = this.roundUp(deadlineMs);
    let bucket = this.buckets.get(item.expiresAtMs);
    if (bucket === undefined) {
      bucket = new Set();
      this.buckets.set(item.expiresAtMs, bucket);
    }
    bucket.add(item);
  }

  /** Most calls find the item in the right bucket. Deadlines only move on. */
  postpone(item: Item, deadlineMs: number): void {
    if (deadlineMs <= item.expiresAtMs) return;
    this.remove(item);
    this.add(item, deadlineMs);
  }

  remove(item: Item): void {
    const bucket = this.buckets.get(item.expiresAtMs);
    if (bucket === undefined) return;
    bucket.delete(item);
    if (bucket.size === 0) this.buckets.delete(item.expiresAtMs);
  }

  /** Takes out all items whose time has come, the earliest first. */
  takeDue(nowMs: number): Item[] {
    const due: Item[] = [];
    for (const [expiresAtMs, bucket] of this.sorted()) {
      if (expiresAtMs > nowMs) break;
      due.push(...bucket);
      this.buckets.delete(expiresAtMs);
    }
    return due;
  }

  /** The buckets that hold something, the earliest first. */
  sorted(): [number, ReadonlySet<Item>][] {
    return [...this.buckets].sort(([a], [b]) => a - b);
  }

  private roundUp(ms: number): number {
    return Math.ceil(ms / this.tickMs) * this.tickMs;
  }
}
