import { describe, expect, it } from 'vitest';
import {
  BadArgumentsError,
  boundedExponentialBackoffRetry,
  ConnectionLossError,
  exponentialBackoffRetry,
  retryForever,
  retryNTimes,
  retryOneTime,
  retryUntilElapsed,
  sessionFailedRetryPolicy,
  SessionExpiredError,
} from '../../../src/client/index.js';
import type { RetryPolicy } from '../../../src/client/index.js';
import { SeededRandom } from '../../../src/testing/sim/seeded-random.js';

const random = new SeededRandom(1);
const lost = new ConnectionLossError();

function delays(policy: RetryPolicy, count: number): (number | null)[] {
  return Array.from({ length: count }, (_, retryCount) =>
    policy.delayMs({ retryCount, elapsedMs: retryCount * 100, error: lost, random }),
  );
}

describe('retry policies', () => {
  it('exponential backoff: between the base and an end that doubles, within the bound', () => {
    const policy = exponentialBackoffRetry({ baseMs: 10, maxRetries: 6, maxSleepMs: 200 });
    for (let run = 0; run < 200; run += 1) {
      const waits = delays(policy, 7);
      expect(waits.pop()).toBeNull();
      waits.forEach((ms, k) => {
        expect(ms).toBeGreaterThanOrEqual(10);
        expect(ms).toBeLessThanOrEqual(Math.min(200, 10 * 2 ** (k + 1)));
      });
    }
  });

  it('exponential backoff is really random: its waits differ, and seldom are the shortest', () => {
    const policy = boundedExponentialBackoffRetry({ baseMs: 10, maxRetries: 10, maxSleepMs: 1e6 });
    const failed = { retryCount: 5, elapsedMs: 0, error: lost, random };
    const waits = Array.from({ length: 500 }, () => policy.delayMs(failed));
    expect(new Set(waits).size).toBeGreaterThan(450);
    expect(waits.filter((ms) => ms === 10).length).toBeLessThan(25);
  });

  it('n times, one time, forever', () => {
    expect(delays(retryNTimes({ times: 2, sleepMs: 5 }), 4)).toEqual([5, 5, null, null]);
    expect(delays(retryOneTime({ sleepMs: 7 }), 3)).toEqual([7, null, null]);
    expect(delays(retryForever({ sleepMs: 3 }), 3)).toEqual([3, 3, 3]);
  });

  it('until elapsed: no sleep beyond the end', () => {
    expect(delays(retryUntilElapsed({ maxElapsedMs: 250, sleepMs: 100 }), 5)).toEqual([100, 100, 50, null, null]);
  });

  it('session failed: nothing in another session', () => {
    const policy = sessionFailedRetryPolicy(retryForever({ sleepMs: 1 }));
    const failed = { retryCount: 0, elapsedMs: 0, random };
    expect(policy.delayMs({ ...failed, error: lost })).toBe(1);
    expect(policy.delayMs({ ...failed, error: new SessionExpiredError() })).toBeNull();
  });

  it.each([
    ['maxRetries', () => exponentialBackoffRetry({ baseMs: 1, maxRetries: 30 })],
    ['baseMs', () => exponentialBackoffRetry({ baseMs: -1, maxRetries: 3 })],
    ['maxSleepMs', () => boundedExponentialBackoffRetry({ baseMs: 1, maxRetries: 3, maxSleepMs: NaN })],
    ['times', () => retryNTimes({ times: NaN, sleepMs: 1 })],
    ['sleepMs', () => retryForever({ sleepMs: -5 })],
    ['maxElapsedMs', () => retryUntilElapsed({ maxElapsedMs: -1, sleepMs: 1 })],
  ])('name the field that is wrong: %s', (field, make) => {
    expect(make).toThrow(BadArgumentsError);
    expect(make).toThrow(field);
  });
});
