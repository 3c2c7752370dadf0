import { describe, expect, it } from 'vitest';
import { NO_VOTE, PeerState } from '../../../src/protocol/quorum/index.js';
import { hierarchical, majorityOf } from '../../../src/server/zab/quorum-verifier.js';
import { ElectionRig, electorateOf, EPOCH, following, jointly, leading, ZXID } from './support/election-rig.js';

describe('an election', () => {
  it('begins with the own vote, told to all voters', () => {
    const rig = new ElectionRig({ sid: 2 }).look();
    const vote = { state: PeerState.LOOKING, leader: 2, zxid: ZXID, round: 1, peerEpoch: EPOCH };
    expect(rig.election.state).toBe(PeerState.LOOKING);
    expect(rig.saidTo(1)).toEqual([vote]);
    expect(rig.saidTo(3)).toEqual([vote]);
    expect(rig.saidTo(2)).toEqual([]);
  });

  it('counts rounds through', () => {
    const rig = new ElectionRig({ sid: 2 }).look();
    rig.hear(1, { leader: 2 }).pass(200);
    expect(rig.outcomes).toEqual([{ leader: 2, zxid: ZXID, peerEpoch: EPOCH, round: 1 }]);
    rig.look();
    expect(rig.election.round).toBe(2);
  });

  it('takes over a better vote and tells all', () => {
    const rig = new ElectionRig({ sid: 2 }).look();
    rig.said();
    rig.hear(3);
    expect(rig.said()).toEqual([
      [1, 3],
      [3, 3],
    ]);
  });

  it('tells who votes worse in this round what it has missed, and nobody else', () => {
    const rig = new ElectionRig({ sid: 2 }).look();
    rig.said();
    rig.hear(1);
    expect(rig.said()).toEqual([[1, 2]]);
    expect(rig.elected).toBeNull();
  });

  it('ends 200 ms after a quorum agrees when nothing better is heard', () => {
    const rig = new ElectionRig({ sid: 2 }).look();
    rig.hear(1, { leader: 2 }).pass(199);
    expect(rig.elected).toBeNull();
    rig.pass(1);
    expect(rig.elected).toBe(2);
    expect(rig.election.state).toBe(PeerState.LEADING);
  });

  it('waits for silence: what is heard in the meantime begins the 200 ms again', () => {
    const rig = new ElectionRig({ sid: 2 }).look();
    rig.hear(1, { leader: 2 }).pass(150).hear(1, { leader: 2 }).pass(199);
    expect(rig.elected).toBeNull();
    expect(rig.pass(1).elected).toBe(2);
  });

  it('goes on when a better vote is heard in that time', () => {
    const rig = new ElectionRig({ sid: 2, electorate: electorateOf(1, 2, 3, 4, 5) }).look();
    rig.hear(1, { leader: 2 }).hear(3, { leader: 2 }).pass(100);
    rig.hear(4).pass(300);
    expect(rig.elected).toBeNull();
    rig.hear(3, { leader: 4 }).hear(1, { leader: 4 }).pass(200);
    expect(rig.elected).toBe(4);
    expect(rig.election.state).toBe(PeerState.FOLLOWING);
  });

  it('is over at once when every voter agrees', () => {
    const rig = new ElectionRig({ sid: 2 }).look();
    rig.hear(1, { leader: 2 }).hear(3, { leader: 3, zxid: ZXID - 1 });
    expect(rig.elected).toBeNull();
    expect(rig.hear(3, { leader: 2 }).elected).toBe(2);
  });

  it('is over at once when every voter agrees or is gone', () => {
    const rig = new ElectionRig({ sid: 2 });
    rig.gone.add(3);
    expect(rig.look().hear(1, { leader: 2 }).elected).toBe(2);
  });

  it('is over as soon as the last one that was waited for turns out to be gone', () => {
    const rig = new ElectionRig({ sid: 2 }).look();
    rig.hear(1, { leader: 2 }).pass(50);
    rig.gone.add(3);
    rig.election.someoneGone();
    expect(rig.elected).toBe(2);
    rig.election.someoneGone();
    expect(rig.outcomes).toHaveLength(1);
  });

  it('is not over before a quorum agrees, whoever is gone', () => {
    const rig = new ElectionRig({ sid: 2 });
    rig.gone.add(1).add(3);
    rig.look();
    rig.election.someoneGone();
    expect(rig.pass(500_000).elected).toBeNull();
  });

  it('is cut short by who is to lead alone: the others wait for its word, or for silence', () => {
    const word = new ElectionRig({ sid: 1 }).look();
    word.hear(3).hear(2, { leader: 3 });
    expect(word.elected).toBeNull();
    expect(word.hear(3, leading()).elected).toBe(3);
    const early = new ElectionRig({ sid: 1, electorate: electorateOf(1, 2, 3, 4, 5) }).look();
    early.hear(5, leading()).hear(5, leading());
    expect(early.elected).toBeNull();
    expect(early.hear(2, { leader: 5 }).elected).toBe(5);
    const adopted = new ElectionRig({ sid: 1, electorate: electorateOf(1, 2, 3, 4, 5) }).look();
    adopted.hear(2, { leader: 5 }).hear(5, leading());
    expect(adopted.elected).toBe(5);
    const silence = new ElectionRig({ sid: 1 }).look();
    expect(silence.hear(3).hear(2, { leader: 3 }).pass(200).elected).toBe(3);
  });

  it('is told to all by who has won it, and by nobody else', () => {
    const leader = new ElectionRig({ sid: 3 }).look();
    leader.hear(1, { leader: 3 });
    leader.said();
    leader.pass(200);
    expect(leader.told.map(({ sid, ballot }) => [sid, ballot.state])).toEqual([
      [1, PeerState.LEADING],
      [2, PeerState.LEADING],
    ]);
    const follower = new ElectionRig({ sid: 1 }).look();
    follower.hear(3);
    follower.said();
    expect(follower.pass(200).said()).toEqual([]);
    expect(follower.elected).toBe(3);
  });

  it('never elects who is gone, but has all vote again', () => {
    const rig = new ElectionRig({ sid: 1, electorate: electorateOf(1, 2, 3, 4) }).look();
    rig.hear(2, { leader: 4 }).hear(3, { leader: 4 }).pass(100);
    rig.gone.add(4);
    rig.election.someoneGone();
    rig.pass(100);
    expect(rig.elected).toBeNull();
    expect(rig.election.ballot).toMatchObject({ leader: 1, round: 2 });
  });

  it('of a single voter is over at once', () => {
    expect(new ElectionRig({ sid: 7, electorate: electorateOf(7) }).look().elected).toBe(7);
  });

  it('prefers an epoch to a zxid, and a zxid to a sid', () => {
    const rig = new ElectionRig({ sid: 3 }).look();
    rig.hear(2, { zxid: ZXID + 1 });
    expect(rig.election.ballot.leader).toBe(2);
    rig.hear(1, { peerEpoch: EPOCH + 1, zxid: 0 });
    expect(rig.election.ballot.leader).toBe(1);
  });

  it('needs a quorum of the proposed configuration, too, while there is one', () => {
    const electorate = {
      voters: new Set([1, 2, 3, 4, 5]),
      verifiers: [majorityOf([1, 2, 3]), majorityOf([3, 4, 5])] as const,
    };
    const rig = new ElectionRig({ sid: 3, electorate }).look();
    rig.hear(1, { leader: 3 }).hear(2, { leader: 3 }).pass(1000);
    expect(rig.elected).toBeNull();
    expect(rig.hear(4, { leader: 3 }).pass(200).elected).toBe(3);
  });
});

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
    other.hear(1, { leader: 1, round: 0 }).hear(1, following(2));
    expect(other.abandoned).toBe(0);
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
