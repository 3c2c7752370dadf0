import { describe, expect, it } from 'vitest';
import { planOf } from '../../../src/recipes/partitioner/rendezvous.js';

const partitions = Array.from({ length: 3000 }, (_, index) => `p${index}`);

function members(...ids: string[]): { id: string; weight: number }[] {
  return ids.map((id) => ({ id, weight: 1 }));
}

function sharesOf(plan: ReadonlyMap<string, string>): Map<string, number> {
  const shares = new Map<string, number>();
  for (const owner of plan.values()) shares.set(owner, (shares.get(owner) ?? 0) + 1);
  return shares;
}

describe('the plan', () => {
  it('is the same in whatever order the members are known', () => {
    const plan = planOf(partitions, members('a', 'b', 'c'));
    expect(planOf([...partitions].reverse(), members('c', 'a', 'b'))).toEqual(plan);
    expect(plan.size).toBe(partitions.length);
  });

  it('moves to a new member what that one gets, and nothing else', () => {
    const before = planOf(partitions, members('a', 'b', 'c'));
    const after = planOf(partitions, members('a', 'b', 'c', 'd'));
    const moved = partitions.filter((each) => before.get(each) !== after.get(each));
    expect(moved.every((each) => after.get(each) === 'd')).toBe(true);
    expect(Math.abs(moved.length - partitions.length / 4)).toBeLessThan(150);
  });

  it('spreads what a member had that goes', () => {
    const before = planOf(partitions, members('a', 'b', 'c'));
    const after = planOf(partitions, members('a', 'b'));
    const moved = partitions.filter((each) => before.get(each) !== after.get(each));
    expect(moved.every((each) => before.get(each) === 'c')).toBe(true);
    const shares = sharesOf(new Map(moved.map((each) => [each, after.get(each) ?? ''])));
    expect(Math.abs((shares.get('a') ?? 0) - (shares.get('b') ?? 0))).toBeLessThan(150);
  });

  it('gives by weight', () => {
    const plan = planOf(partitions, [
      { id: 'a', weight: 1 },
      { id: 'b', weight: 2 },
    ]);
    expect(Math.abs((sharesOf(plan).get('b') ?? 0) - 2000)).toBeLessThan(150);
  });

  it('is empty without members', () => {
    expect(planOf(partitions, []).size).toBe(0);
  });
});
