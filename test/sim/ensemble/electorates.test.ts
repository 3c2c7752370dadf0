import { describe, expect, it } from 'vitest';
import { Electorates } from '../../../src/testing/sim/ensemble/electorates.js';
import type { Electorate } from '../../../src/testing/sim/ensemble/voters.js';
import { zxid } from '../support/device.js';

const voters = (...participants: number[]): Electorate => ({ participants, groups: [], weights: new Map() });

/** Three servers, and what is proposed to them. */
function watched() {
  const memberships = new Map<number, Electorate>();
  const held = new Map<number, Set<number>>();
  const has = (sid: number, at: number): boolean => held.get(at)?.has(sid) === true;
  const electorates = new Electorates({ first: voters(1, 2, 3), book: { memberships }, has });
  const hold = (at: number, ...sids: number[]): void => {
    held.set(at, new Set([...(held.get(at) ?? []), ...sids]));
  };
  const propose = (at: number, members: Electorate, ...sids: number[]): void => {
    memberships.set(at, members);
    hold(at, ...sids);
  };
  const current = (): readonly number[] => electorates.current.participants;
  return { electorates, propose, hold, current };
}

describe('who votes, as the judge knows it', () => {
  it('changes when a quorum of the old members and one of the new ones have the change', () => {
    const { propose, hold, current } = watched();
    const at = zxid(1, 5);
    propose(at, voters(3, 4, 5), 1, 2);
    expect(current()).toEqual([1, 2, 3]);
    hold(at, 4);
    expect(current()).toEqual([1, 2, 3]);
    hold(at, 3);
    expect(current()).toEqual([3, 4, 5]);
  });

  it('is not asked alone for what stands behind a change that is not in force', () => {
    const { electorates, propose, hold, current } = watched();
    propose(zxid(1, 5), voters(3, 4, 5), 1, 2);
    void current();
    expect([4, 5, 6].map((counter) => electorates.isBeyond(1, zxid(1, counter)))).toEqual([false, true, true]);
    expect(electorates.isBeyond(3, zxid(1, 6))).toBe(false);
    hold(zxid(1, 5), 3, 4);
    void current();
    expect(electorates.isBeyond(1, zxid(1, 6))).toBe(false);
  });

  it('changes one step after the other', () => {
    const { propose, current } = watched();
    propose(zxid(1, 9), voters(4), 1, 2, 3, 4);
    propose(zxid(1, 5), voters(3, 4), 1, 2, 3, 4);
    expect(current()).toEqual([4]);
  });

  it('never changes to what a later leader did not know of', () => {
    const { electorates, propose, hold, current } = watched();
    propose(zxid(1, 5), voters(3), 1);
    electorates.established(2);
    hold(zxid(1, 5), 2, 3);
    expect(current()).toEqual([1, 2, 3]);
    expect(electorates.isBeyond(1, zxid(2, 1))).toBe(false);
    propose(zxid(2, 1), voters(1, 2), 1, 2);
    expect(current()).toEqual([1, 2]);
  });

  it('does change to what a later leader knew of', () => {
    const { electorates, propose, current } = watched();
    propose(zxid(1, 5), voters(2, 3), 2, 3);
    electorates.established(2);
    expect(current()).toEqual([2, 3]);
  });

  it('is told by a leader whom a quorum of both members follows', () => {
    const { electorates, current } = watched();
    const offered = { version: zxid(1, 5), electorate: voters(3, 4, 5) };
    electorates.established(2, offered, (sid) => [1, 2, 3].includes(sid));
    expect(current()).toEqual([1, 2, 3]);
    electorates.established(3, offered, (sid) => [1, 3, 4].includes(sid));
    expect(current()).toEqual([3, 4, 5]);
    electorates.established(4, { version: zxid(1, 4), electorate: voters(1) }, () => true);
    expect(current()).toEqual([3, 4, 5]);
  });
});
