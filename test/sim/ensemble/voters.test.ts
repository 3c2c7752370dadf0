import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isQuorum } from '../../../src/testing/sim/ensemble/voters.js';

const NO_GROUPS = { groups: [], weights: new Map<number, number>() };

describe('quorums, as the judge counts them', () => {
  it('are more than half of the participants', () => {
    const has =
      (...sids: number[]) =>
      (sid: number) =>
        sids.includes(sid);
    expect(isQuorum({ participants: [1, 2, 3], ...NO_GROUPS }, has(1, 3))).toBe(true);
    expect(isQuorum({ participants: [1, 2, 3], ...NO_GROUPS }, has(1, 4, 5))).toBe(false);
    expect(isQuorum({ participants: [1, 2, 3, 4], ...NO_GROUPS }, has(1, 2))).toBe(false);
  });

  it('are more than half of the weight in more than half of the groups that have any', () => {
    const electorate = {
      participants: [1, 2, 3, 4, 5],
      groups: [[1, 2], [3, 4], [5]],
      weights: new Map([
        [1, 3],
        [5, 0],
      ]),
    };
    const counts = (...sids: number[]) => isQuorum(electorate, (sid) => sids.includes(sid));
    expect([counts(1, 3, 4), counts(1, 3), counts(2, 3, 4, 5), counts(1, 5)]).toEqual([true, false, false, false]);
  });

  it('of one ensemble have somebody in common', () => {
    const sids = [1, 2, 3, 4, 5, 6];
    const weights = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 6, maxLength: 6 });
    const sets = fc.tuple(fc.subarray(sids), fc.subarray(sids));
    fc.assert(
      fc.property(weights, fc.integer({ min: 1, max: 5 }), sets, (drawn, cut, [a, b]) => {
        const groups = [sids.slice(0, cut), sids.slice(cut)];
        const electorate = {
          participants: sids,
          groups,
          weights: new Map(drawn.map((weight, at) => [at + 1, weight])),
        };
        const wins = (set: readonly number[]): boolean => isQuorum(electorate, (sid) => set.includes(sid));
        return !wins(a) || !wins(b) || a.some((sid) => b.includes(sid));
      }),
    );
  });
});
