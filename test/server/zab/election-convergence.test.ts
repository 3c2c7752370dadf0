import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OwnClaim } from '../../../src/server/zab/election.js';
import { majorityOf } from '../../../src/server/zab/quorum-verifier.js';
import { beats } from '../../../src/server/zab/vote.js';
import type { Chance } from './support/lossy-pool.js';
import { LossyPool } from './support/lossy-pool.js';

const claims = fc.array(
  fc.record({ zxid: fc.integer({ min: 1, max: 4 }), peerEpoch: fc.integer({ min: 1, max: 2 }) }),
  {
    minLength: 3,
    maxLength: 7,
  },
);
const seeds = fc.integer({ min: 1, max: 2 ** 31 - 2 });

function chanceOf(seed: number): Chance {
  let state = seed;
  return () => {
    state = (state * 48_271) % (2 ** 31 - 1);
    return state / (2 ** 31 - 1);
  };
}

function numbered(list: readonly { zxid: number; peerEpoch: number }[]): Map<number, OwnClaim> {
  return new Map(list.map((claim, i) => [i + 1, { ...claim, role: 'participant' as const }]));
}

function bestOf(all: ReadonlyMap<number, OwnClaim>): number {
  const votes = [...all].map(([leader, { zxid, peerEpoch }]) => ({ leader, zxid, peerEpoch }));
  return votes.reduce((best, vote) => (beats(vote, best, majorityOf([])) ? vote : best)).leader;
}

/** What everybody has elected; one leader, or the test fails. */
function leaderOf(pool: LossyPool): number {
  const leaders = new Set([...pool.outcomes.values()].map(({ leader }) => leader));
  expect([...leaders]).toHaveLength(1);
  return [...leaders][0]!;
}

describe('elections among all', () => {
  it('find the best vote when no message is lost', () => {
    fc.assert(
      fc.property(claims, seeds, (list, seed) => {
        const pool = new LossyPool(numbered(list), { chance: chanceOf(seed), lossRate: 0 });
        pool.look(5);
        expect(pool.run(5000)).toBe(true);
        expect(leaderOf(pool)).toBe(bestOf(numbered(list)));
        expect(pool.nowMs).toBeLessThan(200);
      }),
      { numRuns: 200 },
    );
  });

  it('find one leader that a quorum has elected although every third message is lost', () => {
    fc.assert(
      fc.property(claims, seeds, (list, seed) => {
        const pool = new LossyPool(numbered(list), { chance: chanceOf(seed), lossRate: 0.33 });
        pool.look(100);
        expect(pool.run(600_000)).toBe(true);
        leaderOf(pool);
      }),
      { numRuns: 200 },
    );
  });

  it('find the best of those that are left when the leader dies, and wait for nobody', () => {
    fc.assert(
      fc.property(claims, seeds, (list, seed) => {
        const all = numbered(list);
        const pool = new LossyPool(all, { chance: chanceOf(seed), lossRate: 0 });
        pool.look(5);
        pool.run(5000);
        const leader = leaderOf(pool);
        pool.kill(leader);
        all.delete(leader);
        const sinceMs = pool.nowMs;
        pool.look(5);
        expect(pool.run(5000)).toBe(true);
        expect(leaderOf(pool)).toBe(bestOf(all));
        expect(pool.nowMs - sinceMs).toBeLessThan(200);
      }),
      { numRuns: 200 },
    );
  });
});
