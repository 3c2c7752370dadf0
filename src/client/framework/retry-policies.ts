import { BadArgumentsError, SessionExpiredError } from '../errors.js';
import type { FailedTry, RetryPolicy } from './retry-policy.js';

/** Waits that grow, and their bounds. A number out of bounds is a BadArgumentsError. */
export interface ExponentialBackoffOptions {
  /** Shortest wait, ms. */
  readonly baseMs: number;
  /** From 0 to 29. */
  readonly maxRetries: number;
  /** Longest wait, ms. Default: unbounded. */
  readonly maxSleepMs?: number;
}

/** As in Curator: a wait that doubles more often than this has no meaning. */
const RETRIES_MAX = 29;

/**
 * Waits a random time whose upper end doubles with each retry: uniform from `baseMs` to `baseMs * 2^(k+1)`, at most
 * `maxSleepMs`, before retry number k (from 0). Clients that were cut off together do not come back together.
 */
export function exponentialBackoffRetry(options: ExponentialBackoffOptions): RetryPolicy {
  const { baseMs, maxRetries, maxSleepMs = Infinity } = options;
  atLeast(0, { baseMs, maxRetries, maxSleepMs });
  if (maxRetries > RETRIES_MAX) throw refusal('maxRetries', maxRetries, `at most ${RETRIES_MAX}`);
  return {
    delayMs({ retryCount, random }) {
      if (retryCount >= maxRetries) return null;
      const factor = Math.max(1, random.float() * 2 ** (retryCount + 1));
      return Math.min(maxSleepMs, baseMs * factor);
    },
  };
}

/** The same with a bound that must be given. */
export function boundedExponentialBackoffRetry(
  options: ExponentialBackoffOptions & { readonly maxSleepMs: number },
): RetryPolicy {
  if (options.maxSleepMs === undefined) throw refusal('maxSleepMs', undefined, 'a number of ms');
  return exponentialBackoffRetry(options);
}

/** `times` retries, each after `sleepMs`. */
export function retryNTimes({ times, sleepMs }: { readonly times: number; readonly sleepMs: number }): RetryPolicy {
  atLeast(0, { times, sleepMs });
  return { delayMs: ({ retryCount }) => (retryCount < times ? sleepMs : null) };
}

/** One retry, after `sleepMs`. */
export function retryOneTime({ sleepMs }: { readonly sleepMs: number }): RetryPolicy {
  return retryNTimes({ times: 1, sleepMs });
}

/** Retries every `sleepMs` until `maxElapsedMs` have passed since the first try; the last wait ends then, too. */
export function retryUntilElapsed(options: { readonly maxElapsedMs: number; readonly sleepMs: number }): RetryPolicy {
  const { maxElapsedMs, sleepMs } = options;
  atLeast(0, { maxElapsedMs, sleepMs });
  return {
    delayMs: ({ elapsedMs }) => (elapsedMs < maxElapsedMs ? Math.min(sleepMs, maxElapsedMs - elapsedMs) : null),
  };
}

/** Retries every `sleepMs` for ever: only `timeoutMs`, `signal`, or the end of the client ends it. */
export function retryForever({ sleepMs }: { readonly sleepMs: number }): RetryPolicy {
  atLeast(0, { sleepMs });
  return { delayMs: () => sleepMs };
}

/** What `policy` says, except that nothing is tried again in another session: what was built up in the old one is gone. */
export function sessionFailedRetryPolicy(policy: RetryPolicy): RetryPolicy {
  return {
    delayMs: (failed: FailedTry) => (failed.error instanceof SessionExpiredError ? null : policy.delayMs(failed)),
  };
}

function atLeast(min: number, numbers: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(numbers)) {
    if (!(typeof value === 'number' && value >= min)) throw refusal(name, value, `a number, ${min} or more`);
  }
}

function refusal(name: string, value: unknown, wanted: string): BadArgumentsError {
  return new BadArgumentsError({ message: `${name} of a retry policy is ${String(value)}; it must be ${wanted}` });
}
