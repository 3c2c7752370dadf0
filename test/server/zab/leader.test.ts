import { describe, expect, it } from 'vitest';
import { majorityOf } from '../../../src/server/zab/quorum-verifier.js';
import { CommittedLog } from '../../../src/server/zab/committed-log.js';
import { LeaderRig } from './support/leader-rig.js';
import { ack, ackEpoch, entries, entry, zxid } from './support/packets.js';

const history = entries({ 1: 5 });

describe('a leader', () => {
  it('leads from nothing to its first transaction (recording cold-start)', () => {
    const rig = new LeaderRig({ sid: 3 });
    rig.leader.start();
    const [one, two] = [rig.come(1), rig.come(2)];
    rig.accepted(1);
    for (const peer of [one, two]) rig.say(peer, ackEpoch('0.0', 0));
    rig.entered(1);
    for (const peer of [two, one]) rig.say(peer, ack('1.0'));
    for (const peer of [one, two]) rig.say(peer, ack('1.0'));
    rig.propose('1.1');
    expect(rig.take()).toEqual([
      'acceptEpoch 1',
      ...['1< LEADERINFO 1.0', '2< LEADERINFO 1.0', 'enterEpoch 1'],
      ...['1< DIFF 0.0', '1< NEWLEADER 1.0', '2< DIFF 0.0', '2< NEWLEADER 1.0'],
      ...['established 1', '2< UPTODATE', '1< UPTODATE'],
      ...["1< PROPOSAL 1.1 '1.1'", "2< PROPOSAL 1.1 '1.1'", 'persist 1.1'],
    ]);
  });

  it('sends no history before its own file says which epoch it is in (4.3)', () => {
    const rig = new LeaderRig({ history, acceptedEpoch: 1 });
    rig.leader.start();
    const two = rig.come(2);
    rig.accepted(2);
    rig.say(two, ackEpoch('1.5', 1));
    expect(rig.takeFor(2)).toEqual(['2< LEADERINFO 2.0']);
    rig.entered(2);
    expect(rig.take()).toEqual(['2< DIFF 1.5', '2< NEWLEADER 2.0']);
  });

  it('is at the beginning of its epoch only when it is established (ZOOKEEPER-790)', () => {
    const rig = new LeaderRig({ history, acceptedEpoch: 1 });
    rig.leader.start();
    const two = rig.come(2);
    rig.accepted(2);
    rig.say(two, ackEpoch('1.5', 1));
    rig.entered(2);
    expect([rig.leader.lastCommitted, rig.leader.epoch]).toEqual([zxid('1.5'), 0]);
    rig.say(two, ack('2.0'));
    expect([rig.leader.lastCommitted, rig.leader.epoch]).toEqual([zxid('2.0'), 2]);
  });

  it('takes for history whatever its log holds, and brings it to the others (ZOOKEEPER-2845)', () => {
    const rig = new LeaderRig({ sid: 2, history, acceptedEpoch: 1 });
    rig.leader.start();
    const one = rig.come(1, { acceptedEpoch: 1 });
    rig.accepted(2);
    rig.say(one, ackEpoch('1.4', 1));
    rig.entered(2);
    expect(rig.takeFor(1)).toEqual([
      '1< LEADERINFO 2.0',
      '1< DIFF 1.5',
      "1< PROPOSAL 1.5 '1.5'",
      '1< COMMIT 1.5',
      '1< NEWLEADER 2.0',
    ]);
  });

  it('is established by a quorum that has taken its history over, not by observers (ZOOKEEPER-2959)', () => {
    const rig = new LeaderRig({ history, acceptedEpoch: 1, verifier: majorityOf([1, 2, 3, 4, 5]) });
    rig.leader.start();
    const peers = [2, 3].map((sid) => rig.come(sid));
    const others = [rig.come(8, { isObserver: true }), rig.come(9), rig.come(4, { isObserver: true })];
    rig.accepted(2);
    for (const peer of [...peers, ...others]) rig.say(peer, ackEpoch('1.5', 1));
    rig.entered(2);
    rig.take();
    for (const peer of others) rig.say(peer, ack('2.0'));
    rig.say(peers[0]!, ack('2.0'));
    expect(rig.take()).toEqual([]);
    rig.say(peers[1]!, ack('2.0'));
    expect(rig.take()[0]).toBe('established 2');
  });

  it('is not established by an ACK of another zxid', () => {
    const rig = new LeaderRig({ history, acceptedEpoch: 1 });
    rig.leader.start();
    const two = rig.come(2);
    rig.accepted(2);
    rig.say(two, ackEpoch('1.3', 1));
    rig.entered(2);
    rig.take();
    for (const text of ['1.0', '1.4', '1.5']) rig.say(two, ack(text));
    expect(rig.take()).toEqual([]);
    rig.say(two, ack('3.0'));
    expect(rig.take()).toEqual(['close 2: it acknowledges 0x300000000, which was not sent to it']);
  });

  it('needs both configurations when a newer one was proposed', () => {
    const rig = new LeaderRig({ history, acceptedEpoch: 1, lastSeen: majorityOf([1, 4, 5]) });
    rig.leader.start();
    const [two, five] = [rig.come(2), rig.come(5)];
    rig.accepted(2);
    for (const peer of [two, five]) rig.say(peer, ackEpoch('1.5', 1));
    rig.entered(2);
    rig.take();
    rig.say(two, ack('2.0'));
    expect(rig.take()).toEqual([]);
    rig.say(five, ack('2.0'));
    expect(rig.take()).toEqual(['established 2', '2< UPTODATE', '5< UPTODATE']);
  });

  it('alone needs nobody but its disk', () => {
    const rig = new LeaderRig({ verifier: majorityOf([1]) });
    rig.leader.start();
    rig.accepted(1);
    rig.entered(1);
    rig.propose('1.1');
    expect(rig.take()).toEqual(['acceptEpoch 1', 'enterEpoch 1', 'established 1', 'persist 1.1']);
    rig.logged('1.1');
    expect(rig.take()).toEqual(['commit 1.1']);
  });
});

describe('a learner that joins', () => {
  it('gets what is under way, and from then on everything, before it has acknowledged anything (4.1)', () => {
    const rig = new LeaderRig({ history, acceptedEpoch: 1 });
    const two = rig.establish({ last: '1.5', currentEpoch: 1 });
    rig.propose('2.1');
    rig.introduce(3, { last: '1.4', currentEpoch: 1 });
    rig.propose('2.2');
    rig.logged('2.2');
    rig.say(two, ack('2.1'));
    rig.leader.turnEnded();
    expect(rig.takeFor(3)).toEqual([
      '3< LEADERINFO 2.0',
      '3< DIFF 1.5',
      "3< PROPOSAL 1.5 '1.5'",
      '3< COMMIT 1.5',
      "3< PROPOSAL 2.1 '2.1'",
      '3< NEWLEADER 2.0',
      "3< PROPOSAL 2.2 '2.2'",
      '3< COMMIT 2.1',
    ]);
  });

  it('as an observer gets only what is committed', () => {
    const rig = new LeaderRig();
    const two = rig.establish();
    rig.propose('1.1');
    rig.introduce(4, { isObserver: true });
    rig.say(two, ack('1.1'));
    rig.logged('1.1');
    expect(rig.takeFor(4)).toEqual(['4< LEADERINFO 1.0', '4< DIFF 0.0', '4< NEWLEADER 1.0', "4< INFORM 1.1 '1.1'"]);
  });

  it('is sent UPTODATE when it has taken the history over', () => {
    const rig = new LeaderRig();
    rig.establish();
    const three = rig.introduce(3);
    rig.take();
    rig.say(three, ack('1.0'));
    rig.say(three, ack('1.0'));
    expect(rig.take()).toEqual(['3< UPTODATE']);
  });

  it('gets NEWLEADER behind the snapshot, and what is under way between them (ZOOKEEPER-3104)', () => {
    const rig = new LeaderRig({ history, acceptedEpoch: 1 });
    rig.establish({ last: '1.5', currentEpoch: 1 });
    rig.propose('2.1');
    rig.leader.logRead(rig.introduce(3, { last: '0.7' }), null);
    expect(rig.takeFor(3).slice(1)).toEqual(['3< SNAP 2.0', "3< PROPOSAL 2.1 '2.1'", '3< NEWLEADER 2.0']);
  });

  it('waits for a snapshot that cannot be had at once, and gets it as things are then', () => {
    const rig = new LeaderRig({ history, acceptedEpoch: 1 });
    const two = rig.establish({ last: '1.5', currentEpoch: 1 });
    rig.isSnapshotPossible = false;
    const three = rig.introduce(3, { last: '0.7' });
    rig.leader.logRead(three, null);
    rig.take();
    rig.propose('2.1');
    rig.logged('2.1');
    rig.say(two, ack('2.1'));
    rig.leader.turnEnded();
    expect(rig.takeFor(3)).toEqual([]);
    rig.isSnapshotPossible = true;
    rig.leader.snapshotPossible(three);
    rig.leader.logRead(three, null);
    expect(rig.takeFor(3)).toEqual(['3< SNAP 2.1', '3< NEWLEADER 2.0']);
  });

  it('from long ago gets what the files hold, and what was committed while they were read (ZOOKEEPER-2418)', () => {
    const committedLog = new CommittedLog({ entriesMax: 3, bytesMax: 1000 });
    committedLog.reset(history);
    const rig = new LeaderRig({ committedLog, lastLogged: zxid('1.5'), acceptedEpoch: 1 });
    const two = rig.establish({ last: '1.5', currentEpoch: 1 });
    const three = rig.introduce(3, { last: '1.1', currentEpoch: 1 });
    expect(rig.take().at(-1)).toBe('readLog 3 1.1..1.5');
    rig.propose('2.1');
    rig.say(two, ack('2.1'));
    rig.logged('2.1');
    rig.propose('2.2');
    expect(rig.takeFor(3)).toEqual([]);
    rig.leader.logRead(three, history.slice(1));
    expect(rig.takeFor(3).filter((line) => !line.includes('COMMIT'))).toEqual([
      '3< DIFF 2.1',
      ...['1.2', '1.3', '1.4', '1.5', '2.1', '2.2'].map((text) => `3< PROPOSAL ${text} '${text}'`),
      '3< NEWLEADER 2.0',
    ]);
  });

  it('from before a gap in what is known gets a snapshot (ZOOKEEPER-2418, ZOOKEEPER-4925)', () => {
    const committedLog = new CommittedLog({ entriesMax: 3, bytesMax: 1000 });
    committedLog.reset([entry('1.1'), entry('1.2'), entry('1.4'), entry('1.5')]);
    const rig = new LeaderRig({ committedLog, lastLogged: zxid('1.5'), acceptedEpoch: 1 });
    rig.establish({ last: '1.5', currentEpoch: 1 });
    const three = rig.introduce(3, { last: '1.2', currentEpoch: 1 });
    expect(rig.take().at(-1)).toBe('readLog 3 1.2..1.5');
    rig.leader.logRead(three, null);
    expect(rig.takeFor(3)).toEqual(['3< SNAP 2.0', '3< NEWLEADER 2.0']);
  });

  it('and is gone when its files have been read gets nothing', () => {
    const rig = new LeaderRig({ history, acceptedEpoch: 1 });
    rig.establish({ last: '1.5', currentEpoch: 1 });
    const three = rig.introduce(3, { last: '0.3' });
    rig.leader.disconnected(three);
    rig.take();
    rig.leader.logRead(three, history);
    expect(rig.take()).toEqual([]);
  });

  it('is told the configuration', () => {
    const rig = new LeaderRig();
    rig.config = Buffer.from('version=7');
    rig.establish();
    rig.introduce(3);
    expect(rig.takeFor(3).at(-1)).toBe("3< NEWLEADER 1.0 'version=7'");
  });
});

describe('silence', () => {
  it('of a follower ends its connection, and the leader’s time when a quorum is silent', () => {
    const rig = new LeaderRig();
    const two = rig.establish();
    const three = rig.follow(3, 1);
    rig.take();
    rig.ticks(2, [two]);
    rig.pong(three);
    rig.take();
    rig.ticks(2, [two]);
    expect(rig.take().filter((line) => !line.includes('PING'))).toEqual([]);
    rig.ticks(1, [two]);
    expect(rig.take().filter((line) => !line.includes('PING'))).toEqual(['close 3: it has been silent for too long']);
    rig.ticks(3);
    expect(rig.take().filter((line) => !line.includes('PING'))).toEqual([
      'close 2: it has been silent for too long',
      'stepDown: fewer followers than a quorum needs are left',
    ]);
  });

  it('of a learner that synchronises may last longer', () => {
    const rig = new LeaderRig();
    const two = rig.establish();
    rig.introduce(3);
    rig.ticks(7, [two]);
    expect(rig.takeFor(3).filter((line) => line.startsWith('close'))).toEqual([]);
    rig.ticks(1, [two]);
    expect(rig.takeFor(3)).toEqual(['close 3: it has been silent for too long']);
  });

  it('of a learner does not begin before it has taken its snapshot, however long that takes', () => {
    const rig = new LeaderRig({ history: [entry('1.9')], acceptedEpoch: 1 });
    const two = rig.establish({ last: '1.9' });
    const three = rig.introduce(3, { last: '1.1' });
    rig.leader.logRead(three, null);
    for (let pieces = 0; pieces < 5; pieces++) {
      rig.ticks(5, [two]);
      rig.leader.snapshotTaken(three);
    }
    rig.ticks(7, [two]);
    expect(rig.takeFor(3).filter((line) => line.startsWith('close'))).toEqual([]);
    rig.ticks(1, [two]);
    expect(rig.takeFor(3)).toEqual(['close 3: it has been silent for too long']);
  });

  it('of followers that wait for the others does not count against them', () => {
    const rig = new LeaderRig({ verifier: majorityOf([1, 2, 3, 4, 5]) });
    rig.leader.start();
    const peers = [2, 3].map((sid) => rig.come(sid));
    rig.accepted(1);
    for (const peer of peers) rig.say(peer, ackEpoch('0.0', 0));
    rig.entered(1);
    rig.say(peers[0]!, ack('1.0'));
    rig.take();
    rig.ticks(5);
    rig.say(peers[1]!, ack('1.0'));
    expect(rig.take()).toEqual(['established 1', '2< UPTODATE', '3< UPTODATE']);
    rig.ticks(2, peers);
    expect(rig.take().filter((line) => !line.includes('PING'))).toEqual([]);
  });

  it('of who has connected and says nothing ends', () => {
    const rig = new LeaderRig();
    const two = rig.establish();
    rig.leader.connected();
    rig.ticks(8, [two]);
    expect(rig.take()).toContain('close 0: it has been silent for too long');
  });
});

describe('a quorum that is lost', () => {
  it('ends the leader’s time within a tick (4.14)', () => {
    const rig = new LeaderRig();
    const two = rig.establish();
    rig.follow(3, 1);
    rig.leader.disconnected(two);
    rig.ticks(1);
    expect(rig.take().filter((line) => line.startsWith('stepDown'))).toEqual([]);
    for (const peer of [...rig.leader.learners]) rig.leader.disconnected(peer);
    rig.ticks(1);
    expect(rig.take()).toEqual(['stepDown: fewer followers than a quorum needs are left']);
  });

  it('is not made up by observers (ZOOKEEPER-2959)', () => {
    const rig = new LeaderRig();
    const two = rig.establish();
    rig.follow(4, 1, { isObserver: true });
    rig.follow(3, 1, { isObserver: true });
    rig.leader.disconnected(two);
    rig.ticks(1);
    expect(rig.take()).toContain('stepDown: fewer followers than a quorum needs are left');
  });
});
