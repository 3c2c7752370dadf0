import { describe, expect, it } from 'vitest';
import { PeerState } from '../../../src/protocol/quorum/index.js';
import { majorityOf } from '../../../src/server/zab/quorum-verifier.js';
import { ElectionRig, electorateOf, EPOCH, leading, ZXID } from './support/election-rig.js';

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
