import { describe, expect, it } from 'vitest';
import { NO_VOTE, PeerState } from '../../../src/protocol/quorum/index.js';
import { hierarchical } from '../../../src/server/zab/quorum-verifier.js';
import { ElectionRig, electorateOf, EPOCH, following, jointly, leading, ZXID } from './support/election-rig.js';

describe('who has no vote', () => {
  const electorate = electorateOf(1, 2, 3);

  it('is never voted for, nor heard', () => {
    const rig = new ElectionRig({ sid: 1, electorate }).look();
    rig.hear(9, { zxid: ZXID + 100 }).hear(2, { leader: 9, zxid: ZXID + 100 });
    expect(rig.election.ballot.leader).toBe(1);
    rig.hear(9, following(2)).hear(2, leading());
    expect(rig.elected).toBeNull();
  });

  it('is told the state of things whenever it looks, and the outcome when there is one', () => {
    const rig = new ElectionRig({ sid: 2, electorate }).look();
    rig.hear(9, { leader: NO_VOTE });
    expect(rig.saidTo(9)).toMatchObject([{ state: PeerState.LOOKING, leader: 2 }]);
    rig.hear(1, { leader: 2 }).hear(3, { leader: 2 });
    expect(rig.saidTo(9)).toMatchObject([{ state: PeerState.LEADING, leader: 2 }]);
    rig.hear(9, { leader: NO_VOTE });
    expect(rig.saidTo(9)).toMatchObject([{ state: PeerState.LEADING, leader: 2 }]);
    rig.hear(9, { state: PeerState.OBSERVING, leader: 2 });
    expect(rig.saidTo(9)).toEqual([]);
  });

  it('follows an election as an observer, with a vote for nobody', () => {
    const rig = new ElectionRig({ sid: 9, electorate }).look({ role: 'observer' });
    const nobody = { state: PeerState.LOOKING, leader: NO_VOTE, zxid: NO_VOTE, peerEpoch: NO_VOTE, round: 1 };
    expect(rig.saidTo(1)).toEqual([nobody]);
    rig.hear(1, { leader: 3 }).hear(2, { leader: 3 });
    expect(rig.elected).toBeNull();
    rig.hear(3).pass(200);
    expect([rig.elected, rig.election.state]).toEqual([3, PeerState.OBSERVING]);
  });

  it('follows one that is not in the configuration yet, with its zxid and a vote for nobody', () => {
    const rig = new ElectionRig({ sid: 9, electorate }).look({ role: 'outsider' });
    expect(rig.saidTo(1)).toMatchObject([{ leader: NO_VOTE, zxid: ZXID, peerEpoch: EPOCH }]);
    rig.hear(1, following(2, { round: 3 })).hear(2, leading({ round: 3 }));
    expect([rig.elected, rig.election.state]).toEqual([2, PeerState.FOLLOWING]);
  });

  it('because its weight is 0, follows the best of those who have some', () => {
    const verifier = hierarchical({
      participants: [1, 2, 3],
      groups: new Map([[1, [1, 2, 3]]]),
      weights: new Map([[3, 0]]),
    });
    const one = new ElectionRig({ sid: 1, electorate: jointly(verifier, [1, 2, 3]) }).look();
    one.hear(3, { zxid: ZXID + 9 });
    expect(one.election.ballot.leader).toBe(1);
    expect(one.hear(2).hear(2).pass(200).elected).toBe(2);
    const three = new ElectionRig({ sid: 3, electorate: jointly(verifier, [1, 2, 3]) }).look();
    three.said();
    three.hear(2).hear(1, { leader: 2 });
    expect(three.said()).toEqual([]);
    expect(three.hear(1, following(2)).hear(2, leading()).elected).toBe(2);
  });

  it('because it does not know its log, is passed over', () => {
    const rig = new ElectionRig({ sid: 1, electorate }).look();
    rig.hear(3, { zxid: -1, peerEpoch: 9 });
    expect(rig.election.ballot.leader).toBe(1);
  });
});
