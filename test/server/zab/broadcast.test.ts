import { describe, expect, it } from 'vitest';
import { hierarchical, majorityOf } from '../../../src/server/zab/quorum-verifier.js';
import { LeaderRig } from './support/leader-rig.js';
import { ack, ackEpoch, entries, learnerInfo, textOf, zxid } from './support/packets.js';

describe('a proposal', () => {
  it('goes to the learners and to the log, and is kept as it was', () => {
    const rig = new LeaderRig();
    const two = rig.establish();
    rig.follow(3, 1);
    rig.take();
    rig.propose('1.1');
    expect(rig.take()).toEqual(["2< PROPOSAL 1.1 '1.1'", "3< PROPOSAL 1.1 '1.1'", 'persist 1.1']);
    rig.say(two, ack('1.1'));
    rig.logged('1.1');
    expect(rig.take()).toEqual(['2< COMMIT 1.1', '3< COMMIT 1.1', 'commit 1.1']);
    expect([...rig.log].map(textOf)).toEqual(['1.1']);
  });

  it('is the successor of the one before', () => {
    const rig = new LeaderRig();
    rig.establish();
    rig.propose('1.1');
    for (const text of ['1.1', '1.3', '2.1']) {
      expect(() => rig.propose(text)).toThrow(/proposed behind 0x100000001/);
    }
  });

  it('is made by no leader that is not established', () => {
    const rig = new LeaderRig({ history: entries({ 1: 5 }), acceptedEpoch: 1 });
    rig.leader.start();
    expect(() => rig.propose('1.6')).toThrow('is not established');
  });

  it('is refused when the counter is used up: the next epoch has to begin (3.13)', () => {
    const rig = new LeaderRig();
    rig.establish();
    rig.propose('1.1');
    rig.take();
    rig.propose('1.4294967295');
    expect(rig.take()).toEqual(['stepDown: the counter of this epoch is used up: the next epoch has to begin']);
    rig.propose('1.2');
    expect(rig.take()).toEqual([]);
  });
});

describe('a transaction is committed', () => {
  it('by a quorum, the leader’s own log among it only when that is durable', () => {
    const rig = new LeaderRig();
    const two = rig.establish();
    rig.propose('1.1');
    rig.say(two, ack('1.1'));
    rig.leader.turnEnded();
    expect(rig.take().filter((line) => line.startsWith('commit'))).toEqual([]);
    rig.logged('1.1');
    expect(rig.take()).toEqual(['2< COMMIT 1.1', 'commit 1.1']);
  });

  it('without the leader’s own log by a quorum of others (3.9)', () => {
    const rig = new LeaderRig();
    const two = rig.establish();
    const three = rig.follow(3, 1);
    rig.propose('1.1');
    rig.take();
    for (const peer of [two, three]) rig.say(peer, ack('1.1'));
    rig.leader.turnEnded();
    expect(rig.take().at(-1)).toBe('commit 1.1');
  });

  it('with all before it, in order, one COMMIT each', () => {
    const rig = new LeaderRig();
    const two = rig.establish();
    for (const text of ['1.1', '1.2', '1.3']) rig.propose(text);
    rig.take();
    rig.say(two, ack('1.3'));
    rig.logged('1.2');
    expect(rig.take()).toEqual(['2< COMMIT 1.1', '2< COMMIT 1.2', 'commit 1.2']);
    rig.logged('1.3');
    expect(rig.take()).toEqual(['2< COMMIT 1.3', 'commit 1.3']);
    expect([rig.leader.lastCommitted, rig.leader.outstanding]).toEqual([zxid('1.3'), 0]);
  });

  it('by no observer and nobody from outside (ZOOKEEPER-2959)', () => {
    const rig = new LeaderRig();
    const two = rig.establish();
    const others = [rig.follow(4, 1, { isObserver: true }), rig.follow(9, 1), rig.follow(3, 1, { isObserver: true })];
    rig.propose('1.1');
    for (const peer of others) rig.say(peer, ack('1.1'));
    rig.logged('1.1');
    expect(rig.take().filter((line) => line.startsWith('commit'))).toEqual([]);
    rig.say(two, ack('1.1'));
    rig.leader.turnEnded();
    expect(rig.take()).toEqual([
      '2< COMMIT 1.1',
      "4< INFORM 1.1 '1.1'",
      '9< COMMIT 1.1',
      "3< INFORM 1.1 '1.1'",
      'commit 1.1',
    ]);
  });

  it('by weight, where there are groups', () => {
    const groups = new Map([[1, [1, 2, 3]]]);
    const rig = new LeaderRig({
      verifier: hierarchical({ participants: [1, 2, 3], groups, weights: new Map([[3, 0]]) }),
    });
    const two = rig.establish();
    const three = rig.follow(3, 1);
    rig.propose('1.1');
    rig.take();
    rig.logged('1.1');
    rig.say(three, ack('1.1'));
    rig.leader.turnEnded();
    expect(rig.take()).toEqual([]);
    rig.say(two, ack('1.1'));
    rig.leader.turnEnded();
    expect(rig.take().at(-1)).toBe('commit 1.1');
  });

  it('once, however often it is acknowledged', () => {
    const rig = new LeaderRig();
    const two = rig.establish();
    rig.propose('1.1');
    rig.logged('1.1');
    rig.take();
    for (const text of ['1.1', '1.1', '0.7']) rig.say(two, ack(text));
    rig.leader.turnEnded();
    rig.say(two, ack('1.1'));
    rig.leader.turnEnded();
    expect(rig.take()).toEqual(['2< COMMIT 1.1', 'commit 1.1']);
  });
});

describe('an acknowledgement', () => {
  it('of what was never proposed ends the connection', () => {
    const rig = new LeaderRig();
    const two = rig.establish();
    rig.propose('1.1');
    rig.take();
    rig.say(two, ack('1.2'));
    expect(rig.take()).toEqual(['close 2: it acknowledges 0x100000002, which was not sent to it']);
  });

  it('of an epoch’s beginning is none of a transaction', () => {
    const rig = new LeaderRig({ history: entries({ 1: 2 }), acceptedEpoch: 1 });
    const two = rig.establish({ last: '1.2', currentEpoch: 1 });
    rig.say(two, ack('2.0'));
    expect(rig.take()).toEqual([]);
    expect(two.acked).toBe(zxid('1.2'));
  });

  it('that came before NEWLEADER’s counts from that on (ZOOKEEPER-4685)', () => {
    const rig = new LeaderRig();
    rig.establish();
    rig.propose('1.1');
    rig.logged('1.1');
    const three = rig.introduce(3);
    rig.say(three, ack('1.1'));
    rig.leader.turnEnded();
    expect(rig.takeFor(3)).toEqual(['3< LEADERINFO 1.0', '3< DIFF 0.0', "3< PROPOSAL 1.1 '1.1'", '3< NEWLEADER 1.0']);
    rig.say(three, ack('1.0'));
    rig.leader.turnEnded();
    expect(rig.take()).toEqual(['3< UPTODATE', '2< COMMIT 1.1', '3< COMMIT 1.1', 'commit 1.1']);
  });

  it('of NEWLEADER is none of the proposals that were sent before it', () => {
    const rig = new LeaderRig();
    rig.establish();
    rig.propose('1.1');
    rig.logged('1.1');
    rig.follow(3, 1);
    rig.leader.turnEnded();
    expect(rig.take().filter((line) => line.startsWith('commit'))).toEqual([]);
  });

  it('of who comes again counts no more: it may be cut back (4.6)', () => {
    const rig = new LeaderRig({ verifier: majorityOf([1, 2, 3, 4, 5]) });
    rig.leader.start();
    const peers = [2, 3, 4].map((sid) => rig.come(sid));
    rig.accepted(1);
    for (const peer of peers) rig.say(peer, ackEpoch('0.0', 0));
    rig.entered(1);
    for (const peer of peers) rig.say(peer, ack('1.0'));
    for (const text of ['1.1', '1.2']) rig.propose(text);
    const [two, three, four] = peers;
    for (const peer of peers) rig.say(peer, ack('1.1'));
    rig.leader.turnEnded();
    rig.say(two!, ack('1.2'));
    rig.say(three!, ack('1.2'));
    rig.leader.turnEnded();
    rig.take();

    const again = rig.introduce(2, { acceptedEpoch: 1, currentEpoch: -1, last: '1.2' });
    expect(rig.takeFor(2)).toEqual([
      'close 2: it has connected anew',
      '2< LEADERINFO 1.0',
      '2< TRUNC 1.1',
      "2< PROPOSAL 1.2 '1.2'",
      '2< NEWLEADER 1.0',
    ]);
    rig.logged('1.2');
    rig.leader.turnEnded();
    expect(rig.take()).toEqual([]);
    rig.say(again, ack('1.0'));
    rig.leader.turnEnded();
    expect(rig.take()).toEqual(['2< UPTODATE']);
    rig.say(four!, ack('1.2'));
    rig.leader.turnEnded();
    expect(rig.take().at(-1)).toBe('commit 1.2');
  });

  it('of who is gone still counts: what it has, it has', () => {
    const rig = new LeaderRig();
    const two = rig.establish();
    rig.propose('1.1');
    rig.say(two, ack('1.1'));
    rig.leader.disconnected(two);
    rig.logged('1.1');
    expect(rig.take().at(-1)).toBe('commit 1.1');
  });

  it('is expected in time: who leaves one out is not led any further', () => {
    const rig = new LeaderRig();
    const two = rig.establish();
    const three = rig.follow(3, 1);
    rig.propose('1.1');
    rig.say(two, ack('1.1'));
    rig.logged('1.1');
    rig.take();
    rig.ticks(2, [two, three]);
    expect(rig.takeFor(3).filter((line) => line.startsWith('close'))).toEqual([]);
    rig.ticks(2, [two, three]);
    expect(rig.takeFor(3)).toContain('close 3: it has not acknowledged a proposal in time');
  });

  it('is not expected of what was committed before UPTODATE: some learners never send it', () => {
    const rig = new LeaderRig();
    const two = rig.establish();
    const three = rig.introduce(3);
    rig.propose('1.1');
    rig.say(two, ack('1.1'));
    rig.logged('1.1');
    rig.say(three, ack('1.0'));
    rig.ticks(9, [two, three]);
    expect(rig.take().filter((line) => line.startsWith('close'))).toEqual([]);
  });

  it('is expected of no observer', () => {
    const rig = new LeaderRig();
    const two = rig.establish();
    const four = rig.follow(4, 1, { isObserver: true });
    rig.propose('1.1');
    rig.say(two, ack('1.1'));
    rig.logged('1.1');
    rig.ticks(9, [two, four]);
    expect(rig.take().filter((line) => line.startsWith('close'))).toEqual([]);
  });
});

describe('a leader that has left', () => {
  it('commits nothing more, whoever acknowledges', () => {
    const rig = new LeaderRig();
    const two = rig.establish();
    rig.propose('1.1');
    rig.leader.left();
    rig.take();
    expect(rig.say(two, ack('1.1'))).toBe(false);
    rig.logged('1.1');
    rig.leader.turnEnded();
    rig.ticks(9);
    rig.say(two, learnerInfo(2));
    expect(rig.take()).toEqual([]);
  });

  it('has what it proposed, as a part of its history (4.5)', () => {
    const rig = new LeaderRig();
    const two = rig.establish();
    for (const text of ['1.1', '1.2', '1.3']) rig.propose(text);
    rig.say(two, ack('1.1'));
    rig.logged('1.3');
    rig.leader.left();
    expect(rig.leader.uncommitted().map(textOf)).toEqual(['1.2', '1.3']);
  });
});
