import { describe, expect, it } from 'vitest';
import { PeerState } from '../../../src/protocol/quorum/index.js';
import { ElectionRig, electorateOf, EPOCH, following, leading, ZXID } from './support/election-rig.js';

describe('servers that have a leader', () => {
  it('are joined when a quorum follows a leader that is heard to lead', () => {
    const rig = new ElectionRig({ sid: 3 }).look();
    rig.hear(1, following(2, { round: 4, peerEpoch: 2 }));
    expect(rig.elected).toBeNull();
    rig.hear(2, leading({ round: 4, peerEpoch: 2 }));
    expect(rig.outcomes).toEqual([{ leader: 2, zxid: ZXID, round: 4, peerEpoch: 2 }]);
    expect(rig.election.round).toBe(4);
    expect(rig.election.state).toBe(PeerState.FOLLOWING);
  });

  it('are not joined without the word of the leader: it may be gone (ZOOKEEPER-1514)', () => {
    const rig = new ElectionRig({ sid: 1, electorate: electorateOf(1, 2, 3, 4, 5) }).look();
    for (const sid of [2, 3, 4]) rig.hear(sid, following(5));
    expect(rig.pass(10_000).elected).toBeNull();
    for (const sid of [2, 3, 4]) rig.hear(sid, following(5, { round: 9 }));
    expect(rig.pass(10_000).elected).toBeNull();
    expect(rig.hear(5, leading({ round: 9 })).elected).toBe(5);
  });

  it('agree by leader and epoch: their zxids and rounds are of different times (ZOOKEEPER-1805, ZOOKEEPER-1818)', () => {
    const rig = new ElectionRig({ sid: 1, electorate: electorateOf(1, 2, 3, 4, 5) }).look();
    rig.hear(2, following(4, { round: 3, zxid: 7, peerEpoch: 6 }));
    rig.hear(3, following(4, { round: 5, zxid: 8, peerEpoch: 6 }));
    expect(rig.hear(4, leading({ round: 9, zxid: 9, peerEpoch: 6 })).elected).toBe(4);
  });

  it('do not agree in different epochs', () => {
    const rig = new ElectionRig({ sid: 1 }).look();
    rig.hear(2, following(3, { round: 3, peerEpoch: 6 })).hear(3, leading({ round: 3, peerEpoch: 7 }));
    expect(rig.elected).toBeNull();
    expect(rig.hear(2, following(3, { round: 3, peerEpoch: 7 })).elected).toBe(3);
  });

  it('agree by their leader alone with old ones, which do not say the new epoch (ZOOKEEPER-1732)', () => {
    const rig = new ElectionRig({ sid: 1 }).look();
    rig.hear(2, following(3, { round: 3, peerEpoch: 6, formatVersion: 1, config: null }));
    expect(rig.hear(3, leading({ round: 3, peerEpoch: 7 })).elected).toBe(3);
  });

  it('of this very round are joined, as soon as leader and quorum are among all that was heard', () => {
    const rig = new ElectionRig({ sid: 1, electorate: electorateOf(1, 2, 3, 4, 5) }).look();
    rig.hear(4, leading()).hear(2, following(4, { peerEpoch: EPOCH + 1 }));
    expect(rig.elected).toBeNull();
    expect(rig.hear(3, { leader: 4 }).hear(4, leading()).elected).toBe(4);
  });

  it('that have elected this server find it leading at once', () => {
    const rig = new ElectionRig({ sid: 3, electorate: electorateOf(1, 2, 3, 4, 5) }).look();
    rig.hear(1, following(3)).hear(2, { leader: 3 });
    expect(rig.elected).toBeNull();
    expect(rig.hear(1, following(3)).elected).toBe(3);
    expect(rig.election.state).toBe(PeerState.LEADING);
  });

  it('that follow what this server was before it was started again do not make it lead', () => {
    const rig = new ElectionRig({ sid: 3 }).look({ zxid: ZXID + 4, peerEpoch: EPOCH + 1 });
    rig.hear(1, following(3, { peerEpoch: EPOCH + 1 })).hear(2, following(3, { peerEpoch: EPOCH + 1 }));
    expect(rig.pass(10_000).elected).toBeNull();
  });

  it('that observe do not count', () => {
    const rig = new ElectionRig({ sid: 1 }).look();
    rig.hear(2, { state: PeerState.OBSERVING, leader: 3 }).hear(3, leading({ round: 4 }));
    expect(rig.elected).toBeNull();
  });
});

describe('a server that has a leader', () => {
  function elected(): ElectionRig {
    const rig = new ElectionRig({ sid: 2 }).look();
    rig.hear(1, { leader: 2 }).pass(200);
    rig.said();
    return rig;
  }

  it('tells who looks, with the round of its election, and nobody else', () => {
    const rig = elected();
    rig.hear(3, { round: 8 });
    expect(rig.saidTo(3)).toEqual([{ state: PeerState.LEADING, leader: 2, zxid: ZXID, round: 1, peerEpoch: EPOCH }]);
    rig.hear(1, following(2)).hear(3, leading());
    expect(rig.said()).toEqual([]);
    expect(rig.pass(1_000_000).said()).toEqual([]);
    expect(rig.election.nextTickMs).toBe(Infinity);
  });

  it('tells the new epoch once it stands, and the old zxid (ZOOKEEPER-1732)', () => {
    const rig = elected();
    rig.election.agreedEpoch(2);
    rig.hear(3);
    expect(rig.saidTo(3)).toMatchObject([{ leader: 2, zxid: ZXID, peerEpoch: 2, round: 1 }]);
  });

  it('tells whom it was named without an election', () => {
    const rig = elected();
    rig.election.setVote({ leader: 3, zxid: ZXID + 1, peerEpoch: 2, round: 1 });
    rig.election.enter(PeerState.FOLLOWING);
    rig.hear(1);
    expect(rig.saidTo(1)).toMatchObject([{ state: PeerState.FOLLOWING, leader: 3, zxid: ZXID + 1, peerEpoch: 2 }]);
  });

  it('counts the votes that came just before it lost that leader itself', () => {
    const rig = elected();
    rig.hear(1, { leader: 1, round: 2 }).pass(20);
    rig.gone.add(3);
    rig.look();
    expect(rig.election.ballot).toMatchObject({ leader: 2, round: 2 });
    expect(rig.hear(1, { leader: 2, round: 2 }).elected).toBe(2);
    const other = new ElectionRig({ sid: 1 }).look();
    other.hear(3).hear(3, leading()).hear(2, { round: 2 }).pass(20).look();
    expect(other.election.ballot).toMatchObject({ leader: 2, round: 2 });
    expect(other.hear(2, leading({ round: 2 })).elected).toBe(2);
  });

  it('does not count old ones: who cast them may have found a leader since', () => {
    const rig = elected();
    rig.hear(1, { leader: 1, round: 7 }).pass(201);
    rig.look();
    expect(rig.election.ballot).toMatchObject({ leader: 2, round: 2 });
  });
});
