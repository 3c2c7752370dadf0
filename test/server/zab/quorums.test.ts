import { describe, expect, it } from 'vitest';
import type { Zxid } from '../../../src/protocol/zxid.js';
import { AckSets } from '../../../src/server/zab/ack-sets.js';
import { majorityOf } from '../../../src/server/zab/quorum-verifier.js';
import { Quorums } from '../../../src/server/zab/quorums.js';
import { SeededRandom } from '../../support/seeded-random.js';

function acked(all: Readonly<Record<number, number>>): Map<number, Zxid> {
  return new Map(Object.entries(all).map(([sid, zxid]) => [Number(sid), zxid as Zxid]));
}

describe('what a quorum has', () => {
  const quorums = new Quorums(majorityOf([1, 2, 3]), null);

  it('is what the middle one of three has', () => {
    expect(quorums.bound(acked({ 1: 9, 2: 5, 3: 7 }))).toBe(7);
    expect(quorums.bound(acked({ 1: 9, 3: 7 }))).toBe(7);
  });

  it('is nothing without one', () => {
    expect(quorums.bound(acked({ 1: 9 }))).toBe(0);
  });

  it('has nothing to do with observers and outsiders (ZOOKEEPER-2959)', () => {
    expect(quorums.bound(acked({ 1: 9, 4: 9, 5: 9 }))).toBe(0);
  });
});

describe('a proposed configuration', () => {
  it('has to agree from its own transaction on', () => {
    const quorums = new Quorums(majorityOf([1, 2, 3]), null);
    quorums.propose(majorityOf([3, 4, 5]), 6 as Zxid);
    expect(quorums.bound(acked({ 1: 8, 2: 8 }))).toBe(5);
    expect(quorums.bound(acked({ 1: 4, 2: 4, 4: 9, 5: 9 }))).toBe(4);
    expect(quorums.bound(acked({ 1: 8, 2: 8, 4: 7, 5: 9 }))).toBe(7);
  });

  it('that is known from before has to agree to everything', () => {
    const quorums = new Quorums(majorityOf([1, 2, 3]), majorityOf([3, 4, 5]));
    expect(quorums.bound(acked({ 1: 8, 2: 8, 3: 8 }))).toBe(0);
    expect(quorums.bound(acked({ 1: 8, 2: 8, 3: 7, 4: 6 }))).toBe(6);
  });
});

it('goes as far as counting each transaction for itself', () => {
  const random = new SeededRandom(5);
  for (let round = 0; round < 500; round++) {
    const [current, next] = [majorityOf([1, 2, 3]), majorityOf([2, 3, 4, 5, 6])];
    const from = random.below(10) as Zxid;
    const quorums = new Quorums(current, null);
    if (round % 2 === 0) quorums.propose(next, from);
    const all = acked({});
    for (let sid = 1; sid <= 7; sid++) if (random.chance(0.8)) all.set(sid, random.below(10) as Zxid);
    let expected = 0;
    for (let zxid = 1; zxid < 10; zxid++) {
      const sets = new AckSets(round % 2 === 0 && zxid >= from ? [current, next] : [current]);
      for (const [sid, last] of all) if (last >= zxid) sets.add(sid);
      if (!sets.hasAllQuorums) break;
      expected = zxid;
    }
    expect(Math.max(quorums.bound(all), 0)).toBe(expected);
  }
});
