import { describe, expect, it } from 'vitest';
import { PeerState } from '../../../src/protocol/quorum/index.js';
import { ElectionRig, electorateOf, EPOCH, ZXID } from './support/election-rig.js';

describe('rounds', () => {
  it('of others that are ahead are joined, with the better of their vote and the own one', () => {
    const rig = new ElectionRig({ sid: 2 }).look();
    rig.hear(1, { leader: 1, round: 5 });
    expect(rig.election.ballot).toMatchObject({ leader: 2, round: 5 });
    rig.hear(3, { leader: 3, round: 7 });
    expect(rig.election.ballot).toMatchObject({ leader: 3, round: 7 });
  });

  it('begin with nobody heard, and with nobody preferred', () => {
    const rig = new ElectionRig({ sid: 2, electorate: electorateOf(1, 2, 3, 4, 5) }).look();
    rig.hear(5);
    rig.hear(1, { round: 2 });
    expect(rig.election.ballot).toMatchObject({ leader: 2, round: 2 });
    rig.hear(3, { leader: 2, round: 2 }).pass(1000);
    expect(rig.elected).toBe(null);
    expect(rig.hear(1, { leader: 2, round: 2 }).pass(200).elected).toBe(2);
  });

  it('that are over are not counted, but who is in them is told of the new one', () => {
    const rig = new ElectionRig({ sid: 1 }).look().look();
    rig.said();
    rig.hear(3, { round: 1 });
    expect(rig.saidTo(3)).toEqual([{ state: PeerState.LOOKING, leader: 1, zxid: ZXID, round: 2, peerEpoch: EPOCH }]);
    expect(rig.election.ballot.leader).toBe(1);
  });

  it('that are ahead do not take a server away from a quorum that agrees, unless their vote is better', () => {
    const electorate = electorateOf(1, 2, 3, 4, 5);
    const calm = new ElectionRig({ sid: 2, electorate }).look();
    calm.hear(1, { leader: 2 }).hear(3, { leader: 2, zxid: ZXID }).pass(100).hear(4, { zxid: 0, round: 9 }).pass(100);
    expect(calm.elected).toBe(2);
    const moved = new ElectionRig({ sid: 2, electorate }).look();
    moved.hear(1, { leader: 2 }).hear(3, { leader: 2 }).pass(100).hear(4, { round: 9 }).pass(100);
    expect(moved.election.ballot).toMatchObject({ leader: 4, round: 9 });
  });

  it('that are ahead are joined when without those who have joined them no quorum agrees', () => {
    const rig = new ElectionRig({ sid: 3 }).look().hear(1, { leader: 3 }).pass(100);
    rig.hear(2, { round: 3 });
    expect(rig.election.ballot).toMatchObject({ leader: 3, round: 1 });
    rig.hear(1, { leader: 2, round: 3 });
    expect(rig.election.ballot).toMatchObject({ leader: 3, round: 3 });
    expect(rig.pass(200).elected).toBeNull();
  });
});

describe('waiting', () => {
  it('ends in saying it again, each time after twice as long, up to a limit', () => {
    const rig = new ElectionRig({ sid: 2, intervalMs: { min: 200, max: 1000 } }).look();
    const times: number[] = [];
    for (let ms = 1; ms <= 4000; ms++) {
      rig.said();
      if (rig.pass(1).said().length > 0) times.push(ms);
    }
    expect(times).toEqual([200, 600, 1400, 2400, 3400]);
  });

  it('begins again with everything that is heard', () => {
    const rig = new ElectionRig({ sid: 2 }).look().pass(150).hear(1);
    rig.said();
    expect(rig.pass(199).said()).toEqual([]);
    expect(rig.pass(1).said()).toEqual([
      [1, 2],
      [3, 2],
    ]);
  });

  it('connects again when nothing that was said has left', () => {
    const rig = new ElectionRig({ sid: 2 }).look();
    rig.said();
    rig.isReached = false;
    rig.pass(200);
    expect([rig.redials, rig.said()]).toEqual([1, []]);
  });
});
