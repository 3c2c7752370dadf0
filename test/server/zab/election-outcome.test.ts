import { describe, expect, it } from 'vitest';
import { ElectionRig, electorateOf, following, leading } from './support/election-rig.js';

describe('the outcome of an election', () => {
  function leader(): ElectionRig {
    const rig = new ElectionRig({ sid: 2 });
    rig.gone.add(3);
    return rig.look().hear(1, { leader: 2 });
  }

  function follower(): ElectionRig {
    return new ElectionRig({ sid: 1 }).look().hear(2).hear(2, leading());
  }

  it('comes to nothing when those who were to follow turn to another election', () => {
    const rig = leader();
    expect([rig.elected, rig.abandoned]).toEqual([2, 0]);
    rig.hear(3).hear(1, { leader: 3 });
    expect(rig.abandoned).toBe(1);
    rig.hear(1, { leader: 3 });
    expect(rig.abandoned).toBe(1);
    rig.look();
    expect(rig.election.ballot.round).toBe(2);
  });

  it('stands when it is those who were not needed', () => {
    const rig = new ElectionRig({ sid: 4, electorate: electorateOf(1, 2, 3, 4, 5) }).look();
    for (const sid of [1, 2, 3]) rig.hear(sid, { leader: 4 });
    rig.pass(200);
    rig.hear(5).hear(1, { leader: 5 });
    expect(rig.abandoned).toBe(0);
    rig.hear(2, { leader: 5 });
    expect(rig.abandoned).toBe(1);
  });

  it.each([
    ['votes for another', { leader: 3 }],
    ['follows another', following(3)],
    ['looks again', { leader: 2, round: 2 }],
  ])('comes to nothing for who follows when its leader %s', (_what, ballot) => {
    const rig = follower();
    expect([rig.elected, rig.abandoned]).toEqual([2, 0]);
    expect(rig.hear(2, ballot).abandoned).toBe(1);
  });

  it('stands whatever others say, or what the leader said before', () => {
    const rig = follower();
    rig.hear(3).hear(3, { round: 5 }).hear(2, { leader: 2 }).hear(2, leading()).hear(2, { leader: 3, round: 0 });
    expect(rig.abandoned).toBe(0);
    const other = leader();
    other.hear(3, { round: 0 }).hear(1, following(2));
    expect(other.abandoned).toBe(0);
  });

  it('comes to nothing when one of those who were to follow was started again: its rounds begin anew', () => {
    const rig = new ElectionRig({ sid: 2 });
    rig.gone.add(3);
    rig.look().look().hear(1, { leader: 2, round: 2 });
    expect([rig.elected, rig.abandoned]).toEqual([2, 0]);
    expect(rig.hear(1, { round: 1 }).abandoned).toBe(1);
  });

  it('stands once it is established: then the connections between leader and followers tell', () => {
    const one = leader();
    one.election.agreedEpoch(2);
    one.hear(3).hear(1, { leader: 3, round: 4 });
    const two = follower();
    two.election.agreedEpoch(2);
    two.hear(2, { leader: 3, round: 4 });
    expect([one.abandoned, two.abandoned]).toEqual([0, 0]);
  });
});

describe('a leader that was elected and is not heard of', () => {
  const SEARCH_MS = 1000;

  function follower(voters: readonly number[], round = 1): ElectionRig {
    const rig = new ElectionRig({ sid: 1, electorate: electorateOf(...voters) });
    for (let begun = 0; begun < round; begun++) rig.look();
    for (const sid of voters.slice(2)) rig.hear(sid, { leader: 2, round });
    rig.hear(2, { round }).hear(2, leading({ round }));
    expect(rig.elected).toBe(2);
    return rig;
  }

  it.each([
    ['in this round', 1],
    ['in the next one', 2],
    ['in a first one, having been started again', 0],
  ])('is outvoted when a quorum with this server has looked for another for a second %s', (_what, more) => {
    const rig = follower([1, 2, 3], 2).hear(3, { round: 1 + more });
    rig.pass(SEARCH_MS - 1).hear(3, { round: 1 + more });
    expect(rig.outvoted).toBe(0);
    rig.pass(1).hear(3, { round: 1 + more });
    expect([rig.outvoted, rig.abandoned]).toEqual([1, 0]);
  });

  it('is outvoted again and again, as long as this server keeps to it', () => {
    const rig = follower([1, 2, 3]).hear(3, { round: 2 }).pass(SEARCH_MS).hear(3, { round: 2 }).hear(3, { round: 2 });
    expect(rig.outvoted).toBe(2);
  });

  it('is not outvoted by less than a quorum', () => {
    const rig = follower([1, 2, 3, 4, 5]).hear(4, { round: 2 }).pass(SEARCH_MS).hear(4, { round: 2 });
    expect(rig.outvoted).toBe(0);
    rig.hear(5, { round: 2 }).pass(SEARCH_MS).hear(5, { round: 2 });
    expect(rig.outvoted).toBe(1);
  });

  it('is not outvoted by those who have found it, or may still do', () => {
    const rig = follower([1, 2, 3]).hear(3, { round: 2 }).pass(SEARCH_MS).hear(3, following(2));
    rig.hear(3, { leader: 2 }).pass(SEARCH_MS).hear(3, { leader: 2 }).hear(3, { round: 2 });
    expect(rig.outvoted).toBe(0);
  });

  it('is not outvoted once it leads, nor by what was heard before', () => {
    const rig = follower([1, 2, 3]).hear(3, { round: 2 }).pass(SEARCH_MS);
    rig.election.agreedEpoch(2);
    expect(rig.hear(3, { round: 2 }).outvoted).toBe(0);
    rig
      .pass(SEARCH_MS)
      .look()
      .hear(2, { round: 2 })
      .hear(2, leading({ round: 2 }))
      .hear(3, { round: 2 });
    expect([rig.outcomes.length, rig.outvoted]).toEqual([2, 0]);
  });
});
