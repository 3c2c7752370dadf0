import type { Random } from '../../runtime/random.js';
import type { KeeperError } from '../errors.js';

/** A try that has failed, and those before it. */
export interface FailedTry {
  /** Retries made so far: 0 after the first try. */
  readonly retryCount: number;
  /** Since the operation began, ms. */
  readonly elapsedMs: number;
  /** Always one whose `retryable` is true: nothing else is ever retried. */
  readonly error: KeeperError;
  /** The client's. */
  readonly random: Random;
}

/**
 * Decides whether an operation is tried again, and when. It keeps no state, so that one policy serves any number of
 * operations; those that are nested share one count.
 */
export interface RetryPolicy {
  /** Ms until the next try, 0 or more; null: give up. */
  delayMs(failed: FailedTry): number | null;
}
