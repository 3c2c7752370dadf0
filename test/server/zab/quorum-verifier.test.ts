import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AckSets } from '../../../src/server/zab/ack-sets.js';
import type { QuorumVerifier } from '../../../src/server/zab/quorum-verifier.js';
import { hierarchical, majorityOf } from '../../../src/server/zab/quorum-verifier.js';

const sids = fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 9 });
const anySids = fc.uniqueArray(fc.integer({ min: 0, max: 11 }), { maxLength: 12 });

/** A hierarchy, and each server's group and weight for whoever counts without our help. */
interface Hierarchy {
  readonly verifier: QuorumVerifier;
  readonly servers: readonly { readonly sid: number; readonly group: number; readonly weight: number }[];
}

const hierarchies: fc.Arbitrary<Hierarchy> = fc
  .uniqueArray(
    fc.record({
      sid: fc.integer({ min: 1, max: 9 }),
      group: fc.integer({ min: 1, max: 4 }),
      weight: fc.nat({ max: 3 }),
    }),
    { minLength: 1, maxLength: 9, selector: ({ sid }) => sid },
  )
  .map((servers) => {
    const groups = new Map<number, number[]>();
    for (const { sid, group } of servers) groups.set(group, [...(groups.get(group) ?? []), sid]);
    const weights = new Map(servers.map(({ sid, weight }) => [sid, weight]));
    return { servers, verifier: hierarchical({ participants: weights.keys(), groups, weights }) };
  });

function bruteForceMajority(all: readonly number[], set: readonly number[]): boolean {
  return set.filter((sid) => all.includes(sid)).length >= Math.floor(all.length / 2) + 1;
}

function bruteForceHierarchy({ servers }: Hierarchy, set: readonly number[]): boolean {
  const groups = [...new Set(servers.map(({ group }) => group))].map((group) => {
    const members = servers.filter((server) => server.group === group);
    const weigh = (list: typeof members): number => list.reduce((sum, { weight }) => sum + weight, 0);
    return { total: weigh(members), present: weigh(members.filter(({ sid }) => set.includes(sid))) };
  });
  const weighing = groups.filter(({ total }) => total > 0);
  return weighing.filter(({ total, present }) => present > total / 2).length > weighing.length / 2;
}

describe('majorities', () => {
  it('are more than half of the participants', () => {
    fc.assert(
      fc.property(sids, anySids, (all, set) => {
        expect(majorityOf(all).containsQuorum(new Set(set))).toBe(bruteForceMajority(all, set));
      }),
    );
  });

  it('are two of two, two of three, and three of four', () => {
    const smallest = [1, 2, 3, 4, 5].map((count) => {
      const all = Array.from({ length: count }, (_, i) => i + 1);
      return all.find((size) => majorityOf(all).containsQuorum(new Set(all.slice(0, size))));
    });
    expect(smallest).toEqual([1, 2, 2, 3, 3]);
  });
});

describe('hierarchical quorums', () => {
  it('are more than half of the weighing groups, each by more than half of its weight', () => {
    fc.assert(
      fc.property(hierarchies, anySids, (hierarchy, set) => {
        expect(hierarchy.verifier.containsQuorum(new Set(set))).toBe(bruteForceHierarchy(hierarchy, set));
      }),
    );
  });

  it('give a server that is not named weight 1, and one of no group none', () => {
    const verifier = hierarchical({
      participants: [1, 2, 3],
      groups: new Map([[1, [1, 2, 3]]]),
      weights: new Map([[3, 0]]),
    });
    expect([1, 2, 3, 4].map((sid) => verifier.weightOf(sid))).toEqual([1, 1, 0, 0]);
  });

  it('do not count the weight of an observer that a group names', () => {
    const verifier = hierarchical({ participants: [1, 2], groups: new Map([[1, [1, 2, 3]]]), weights: new Map() });
    expect(verifier.containsQuorum(new Set([1, 3]))).toBe(false);
    expect(verifier.containsQuorum(new Set([1, 2]))).toBe(true);
  });
});

describe.each([
  ['majority', sids.map((all) => majorityOf(all))],
  ['hierarchical', hierarchies.map(({ verifier }) => verifier)],
] as const)('%s quorums', (_name, verifiers: fc.Arbitrary<QuorumVerifier>) => {
  it('always have a server in common', () => {
    fc.assert(
      fc.property(verifiers, anySids, (verifier, set) => {
        const others = Array.from({ length: 12 }, (_, sid) => sid).filter((sid) => !set.includes(sid));
        const both = verifier.containsQuorum(new Set(set)) && verifier.containsQuorum(new Set(others));
        expect(both).toBe(false);
      }),
    );
  });
});

describe('AckSets', () => {
  const verifiers = fc.oneof(
    sids.map((all) => majorityOf(all)),
    hierarchies.map(({ verifier }) => verifier),
  );

  it('are satisfied when every configuration has a quorum among those who came', () => {
    fc.assert(
      fc.property(fc.array(verifiers, { minLength: 1, maxLength: 2 }), fc.array(fc.nat({ max: 11 })), (list, acks) => {
        const sets = new AckSets(list);
        for (const [i, sid] of acks.entries()) {
          sets.add(sid);
          const came = new Set(acks.slice(0, i + 1));
          expect(sets.hasAllQuorums).toBe(list.every((verifier) => verifier.containsQuorum(came)));
          expect(sets.has(sid)).toBe(list.some((verifier) => verifier.isParticipant(sid)));
        }
      }),
    );
  });

  it('never count who is no participant: observers, removed servers, servers that are to come', () => {
    const sets = new AckSets([majorityOf([1, 2, 3]), majorityOf([3, 4, 5])]);
    for (const sid of [1, 2, 9]) sets.add(sid);
    expect(sets.hasAllQuorums).toBe(false);
    for (const sid of [3, 4]) sets.add(sid);
    expect(sets.hasAllQuorums).toBe(true);
  });
});
