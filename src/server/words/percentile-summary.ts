import { Summary } from './summary.js';

/** Values below this have a bucket of their own; above, eight buckets span each doubling, so quantiles are at most an eighth too high. */
const EXACT_BELOW = 16;
const EXACT_BITS = 4;
const STEPS_BITS = 3;
const STEPS = 1 << STEPS_BITS;
const BUCKETS = EXACT_BELOW + (31 - EXACT_BITS) * STEPS;

/** A summary that also knows its quantiles, since the start or the last reset. Values are whole, from 0 to 2^31 - 1. */
export class PercentileSummary extends Summary {
  private readonly buckets = new Float64Array(BUCKETS);

  override add(value: number): void {
    super.add(value);
    const index = bucketOf(value);
    this.buckets[index] = this.buckets[index]! + 1;
  }

  /** The value that `fraction` of all values do not exceed; 0 when there are none. */
  quantile(fraction: number): number {
    const rank = Math.ceil(fraction * this.count);
    let seen = 0;
    for (let index = 0; index < BUCKETS; index++) {
      seen += this.buckets[index]!;
      if (seen >= rank && seen > 0) return Math.min(greatestIn(index), this.max);
    }
    return 0;
  }

  override reset(): void {
    super.reset();
    this.buckets.fill(0);
  }
}

function bucketOf(value: number): number {
  if (value < EXACT_BELOW) return value;
  const doubling = 31 - Math.clz32(value);
  const step = (value >>> (doubling - STEPS_BITS)) & (STEPS - 1);
  return EXACT_BELOW + (doubling - EXACT_BITS) * STEPS + step;
}

function greatestIn(index: number): number {
  if (index < EXACT_BELOW) return index;
  const doubling = EXACT_BITS + Math.floor((index - EXACT_BELOW) / STEPS);
  const step = (index - EXACT_BELOW) % STEPS;
  return (STEPS + step + 1) * 2 ** (doubling - STEPS_BITS) - 1;
}
