import { expect, it } from 'vitest';
import { SILENT_LOGGER } from '../../../src/runtime/index.js';
import { RoleTimes } from '../../../src/server/runtime/role-times.js';
import { ServerStats } from '../../../src/server/words/server-stats.js';

function timesAt(startMs: number) {
  const clock = { nowMs: startMs, monotonicMs: () => clock.nowMs, wallMs: () => 0 };
  const stats = new ServerStats();
  const told: string[] = [];
  const logger = { ...SILENT_LOGGER, info: (message: string) => void told.push(message) };
  return { clock, stats, told, times: new RoleTimes({ clock, stats, logger }) };
}

const sumOf = ({ count, sum }: { count: number; sum: number }) => ({ count, sum });

it('a follower counts its election, its way up to date and all the time it served nobody', () => {
  const { clock, stats, told, times } = timesAt(1000);
  times.looking();
  clock.nowMs = 1283.4;
  times.elected('following', 3);
  clock.nowMs = 1453;
  times.serving('following', 2);
  expect(told).toEqual([
    'LOOKING',
    'FOLLOWING - LEADER ELECTION TOOK - 283 MS',
    'FOLLOWING: serving in epoch 2 after 453 ms',
  ]);
  expect(stats.counters.looking_count).toBe(1);
  expect(sumOf(stats.summaries.election_time)).toEqual({ count: 1, sum: 283 });
  expect(sumOf(stats.summaries.follower_sync_time)).toEqual({ count: 1, sum: 170 });
  expect(sumOf(stats.summaries.unavailable_time)).toEqual({ count: 1, sum: 453 });
  expect(sumOf(stats.summaries.leader_unavailable_time)).toEqual({ count: 0, sum: 0 });
});

it('a leader tells since when it leads', () => {
  const { clock, stats, times } = timesAt(0);
  times.looking();
  clock.nowMs = 402;
  times.elected('leading', 3);
  clock.nowMs = 560;
  times.serving('leading', 1);
  expect(times.leadingSinceMs).toBe(560);
  expect(sumOf(stats.summaries.leader_unavailable_time)).toEqual({ count: 1, sum: 560 });
  expect(sumOf(stats.summaries.follower_sync_time)).toEqual({ count: 0, sum: 0 });
});

it('an observer has no elections', () => {
  const { clock, stats, times } = timesAt(0);
  times.looking();
  clock.nowMs = 300;
  times.elected('observing', 3);
  clock.nowMs = 397;
  times.serving('observing', 1);
  expect(sumOf(stats.summaries.election_time)).toEqual({ count: 0, sum: 0 });
  expect(sumOf(stats.summaries.observer_sync_time)).toEqual({ count: 1, sum: 97 });
});
