import type { Random } from '../runtime/random.js';

export interface Backoff {
  /** Upper end of the first wait, ms. */
  readonly baseMs: number;
  /** Upper end of the longest wait, ms. */
  readonly maxMs: number;
}

/** No two attempts follow each other faster, however the dice fall. */
const FLOOR_MS = 5;
const DOUBLINGS_MAX = 30;

/** Full jitter: uniform up to an end that doubles with each round, so that clients cut off together do not return together. */
export function backoffMs(backoff: Backoff, round: number, random: Random): number {
  const end = Math.min(backoff.maxMs, backoff.baseMs * 2 ** Math.min(round, DOUBLINGS_MAX));
  return Math.max(FLOOR_MS, random.float() * end);
}
