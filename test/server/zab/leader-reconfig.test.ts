import { describe, expect, it } from 'vitest';
import { majorityOf } from '../../../src/server/zab/quorum-verifier.js';
import type { LearnerPeer } from '../../../src/server/zab/learner-peer.js';
import { LeaderRig } from './support/leader-rig.js';
import { ack, ackEpoch, entries, entry, inPlace, zxid } from './support/packets.js';

const THREE = majorityOf([1, 2, 3]);

/** A leader in epoch 1 whose followers are these, voters or not; 2 among them. */
function leading(others: readonly number[], observers: readonly number[] = []) {
  const rig = new LeaderRig();
  const peers = new Map<number, LearnerPeer>([[2, rig.establish()]]);
  for (const sid of others) peers.set(sid, rig.follow(sid, 1));
  for (const sid of observers) peers.set(sid, rig.follow(sid, 1, { isObserver: true }));
  rig.take();
  const acks = (text: string, ...sids: number[]) => {
    for (const sid of sids) {
      if (sid === 1) rig.logged(text);
      else rig.say(peers.get(sid)!, ack(text));
    }
    rig.leader.turnEnded();
    return rig.take();
  };
  return { rig, peers, acks };
}

function propose(rig: LeaderRig, text: string, members: readonly number[], keepsLeader = true): void {
  rig.leader.reconfigure(inPlace(entry(text)), { verifier: majorityOf(members), keepsLeader });
  rig.take();
}

describe('a leader that changes the members', () => {
  it('needs a quorum of the old and of the new ones for the change, and for what comes behind', () => {
    const { rig, acks } = leading([3, 4, 5]);
    rig.propose('1.1');
    propose(rig, '1.2', [1, 4, 5]);
    rig.propose('1.3');
    rig.take();
    // The old members have all three, but of the new ones only what came before the change needs none.
    expect(acks('1.3', 1, 2, 3)).toContain('commit 1.1');
    expect(rig.leader.lastCommitted).toBe(zxid('1.1'));
    expect(acks('1.2', 4)).toContain('commit 1.2');
    // From here on the new ones alone count.
    expect(acks('1.3', 5)).toContain('commit 1.3');
  });

  it('does not commit by the new ones alone', () => {
    const { rig, acks } = leading([4, 5]);
    propose(rig, '1.1', [4, 5, 6]);
    expect(acks('1.1', 4, 5)).toEqual([]);
    expect(acks('1.1', 1)).toEqual([]);
    expect(acks('1.1', 2)).toContain('commit 1.1');
  });

  it('tells everybody, and only then commits; observers get the change with it', () => {
    const { rig, acks } = leading([3, 4], [9]);
    propose(rig, '1.1', [1, 2, 3, 4]);
    rig.propose('1.2');
    rig.take();
    expect(acks('1.2', 1, 2, 3)).toEqual([
      '2< COMMITANDACTIVATE 1.1 1',
      '3< COMMITANDACTIVATE 1.1 1',
      '4< COMMITANDACTIVATE 1.1 1',
      '9< INFORMANDACTIVATE 1.1 1',
      'activate 1.1 1',
      ...['2< COMMIT 1.2', '3< COMMIT 1.2', '4< COMMIT 1.2', "9< INFORM 1.2 '1.2'"],
      'commit 1.2',
    ]);
  });

  it('names who has most of what comes behind, and commits nothing more', () => {
    const { rig, acks } = leading([3, 4]);
    propose(rig, '1.1', [2, 3, 4], false);
    rig.propose('1.2');
    rig.propose('1.3');
    rig.take();
    acks('1.1', 1, 4);
    expect(rig.leader.lastCommitted).toBe(zxid('1.0'));
    rig.say(rig.follow(3, 1), ack('1.3'));
    rig.take();
    const told = acks('1.2', 2);
    expect(told).toContain('2< COMMITANDACTIVATE 1.1 3');
    expect(told.slice(-2)).toEqual(['activate 1.1 3', 'commit 1.1']);
    expect(acks('1.3', 1, 2, 4)).toEqual([]);
    rig.propose('1.4');
    expect(rig.take()).toEqual([]);
  });

  it('names only new voters that are there', () => {
    const { rig, peers, acks } = leading([3, 4]);
    propose(rig, '1.1', [3, 4], false);
    acks('1.1', 3, 4);
    rig.leader.disconnected(peers.get(3)!);
    expect(acks('1.1', 1)).toContain('activate 1.1 4');
  });

  it('knows whether enough of other members follow: who does not vote yet counts, observers do not', () => {
    const { rig } = leading([4, 5], [6, 7]);
    expect(rig.leader.hasSyncedQuorum(majorityOf([1, 4, 9]))).toBe(true);
    expect(rig.leader.hasSyncedQuorum(majorityOf([4, 5, 9]))).toBe(true);
    expect(rig.leader.hasSyncedQuorum(majorityOf([1, 8, 9]))).toBe(false);
    expect(rig.leader.hasSyncedQuorum(majorityOf([1, 6, 7]))).toBe(false);
  });

  it('steps down without a quorum of each', () => {
    const { rig, peers } = leading([4, 5]);
    propose(rig, '1.1', [1, 4, 5]);
    rig.leader.disconnected(peers.get(4)!);
    rig.leader.disconnected(peers.get(5)!);
    rig.ticks(1, [peers.get(2)!]);
    expect(rig.take().at(-1)).toBe('stepDown: fewer followers than a quorum needs are left');
  });

  it('takes no learner whose members are newer, and learns which are', () => {
    const { rig, acks } = leading([]);
    rig.come(3, { configVersion: zxid('1.1') });
    expect(rig.take()).toEqual(['close 0: it knows configuration 100000001, which is newer than ours']);
    propose(rig, '1.1', [1, 2, 3, 4]);
    acks('1.1', 1, 2);
    expect(rig.leader.lastCommitted).toBe(zxid('1.0'));
    rig.say(rig.follow(3, 1), ack('1.1'));
    rig.leader.turnEnded();
    expect(rig.leader.lastCommitted).toBe(zxid('1.1'));
    rig.take();
    rig.come(4, { configVersion: zxid('1.1') });
    expect(rig.take()).toEqual(['4< LEADERINFO 1.0']);
  });

  it('lets a learner that NEWLEADER has told of a change wait for its commit (UPTODATE puts it in force)', () => {
    const { rig, acks } = leading([]);
    propose(rig, '1.1', [1, 2, 3, 4]);
    const three = rig.follow(3, 1);
    expect(rig.takeFor(3)).toEqual(['3< LEADERINFO 1.0', '3< DIFF 0.0', "3< PROPOSAL 1.1 '1.1'", '3< NEWLEADER 1.0']);
    expect(acks('1.1', 1, 2)).toEqual([]);
    rig.say(three, ack('1.1'));
    rig.leader.turnEnded();
    expect(rig.takeFor(3)).toEqual(['3< COMMITANDACTIVATE 1.1 1', '3< UPTODATE']);
  });
});

describe('a leader that finds a change which another has left', () => {
  const history = entries({ 1: 5 });

  function found(lastSeen: readonly number[], others: readonly number[]) {
    const rig = new LeaderRig({ history, acceptedEpoch: 1, verifier: THREE, lastSeen: majorityOf(lastSeen) });
    rig.leader.start();
    const peers = others.map((sid) => rig.come(sid, { acceptedEpoch: 1 }));
    if (rig.take().some((text) => text.startsWith('acceptEpoch'))) rig.accepted(2);
    for (const peer of peers) rig.say(peer, ackEpoch('1.5', 1));
    return { rig, peers };
  }

  it('is established by a quorum of each, and goes on with the new one', () => {
    const { rig, peers } = found([1, 4, 5], [2, 4]);
    rig.entered(2);
    rig.say(peers[0]!, ack('2.0'));
    expect(rig.take()).not.toContain('established 2');
    rig.say(peers[1]!, ack('2.0'));
    expect(rig.take()).toEqual(['established 2', '2< UPTODATE', '4< UPTODATE']);
    rig.propose('2.1');
    rig.logged('2.1');
    rig.say(peers[1]!, ack('2.1'));
    rig.leader.turnEnded();
    expect(rig.leader.lastCommitted).toBe(zxid('2.1'));
  });

  it('is not, by a quorum of the old members', () => {
    const { rig } = found([4, 5, 6], []);
    for (const sid of [2, 3]) rig.come(sid, { acceptedEpoch: 1 });
    // It does not even choose an epoch.
    expect(rig.take()).toEqual([]);
  });

  it('brings it about, and leads no further where it has no vote any more', () => {
    const { rig, peers } = found([2, 3], [2, 3]);
    rig.entered(2);
    for (const peer of peers) rig.say(peer, ack('2.0'));
    expect(rig.take().slice(-4)).toEqual([
      'established 2',
      '2< UPTODATE',
      '3< UPTODATE',
      'stepDown: the members have changed',
    ]);
  });
});
