import { describe, expect, it } from 'vitest';
import { PacketType } from '../../../src/protocol/quorum/packet-type.js';
import { LearnerRig } from './support/learner-rig.js';
import { zxid } from './support/packets.js';

describe('the whole log, committed or not,', () => {
  it('is what the leader is told (ZOOKEEPER-2845)', () => {
    const rig = new LearnerRig({ acceptedEpoch: 1, last: '1.9' });
    rig.hear(PacketType.LEADERINFO, '1.0');
    expect(rig.take()).toEqual(['> ACKEPOCH 1.9']);
  });
});

describe('a DIFF', () => {
  it('does not move the end of the history: it is still to come, and all of it is committed (ZOOKEEPER-2355, 1367)', () => {
    const rig = new LearnerRig();
    rig.meet(2);
    rig.hear(PacketType.DIFF, '1.8');
    rig.replay('1.6', '1.7', '1.8');
    expect(rig.take()).toEqual([
      ...["accept 1.6 '1.6'", 'commit 1.6', "accept 1.7 '1.7'", 'commit 1.7', "accept 1.8 '1.8'", 'commit 1.8'],
    ]);
  });

  it.each([
    ['1.7', '1.5'],
    ['2.2', '1.5'],
    ['2.0', '1.5'],
  ])('with a gap, %s behind %s, is not followed (ZOOKEEPER-4925)', (next, last) => {
    const rig = new LearnerRig();
    rig.join(2, zxid('1.5'));
    rig.propose(next);
    expect(rig.take()).toEqual([
      `abandon: it proposes 0x${zxid(next).toString(16)} behind 0x${zxid(last).toString(16)}: something is missing between`,
    ]);
  });

  it('that repeats what is there is followed: it is passed over (4.1)', () => {
    const rig = new LearnerRig();
    rig.join(2, zxid('1.5'));
    rig.replay('1.4', '1.5', '1.6');
    expect(rig.take()).toEqual(["accept 1.6 '1.6'", 'commit 1.6']);
  });

  it('of a later epoch than its leader has ends with that leader: nothing of it is accepted', () => {
    const rig = new LearnerRig();
    rig.join(2, zxid('1.5'));
    rig.propose('3.1');
    expect(rig.take()).toEqual(['abandon: it proposes 0x300000001, which is of no epoch up to its own, 2']);
  });

  it('may lead into a later epoch', () => {
    const rig = new LearnerRig({ last: '1.5' });
    rig.join(7, zxid('1.5'));
    rig.replay('3.1', '6.1', '6.2');
    expect(rig.take().filter((line) => line.startsWith('abandon'))).toEqual([]);
  });
});

describe('a TRUNC', () => {
  it('is done before anything else is heard, and the history goes on from there', () => {
    const rig = new LearnerRig();
    rig.meet(2);
    rig.hear(PacketType.TRUNC, '1.3');
    expect([rig.take(), rig.learner.isBusy]).toEqual([['truncate 1.3'], true]);
    rig.learner.truncated(zxid('1.3'));
    rig.replay('1.4');
    rig.propose('1.6');
    expect(rig.take()).toEqual([
      "accept 1.4 '1.4'",
      'commit 1.4',
      'abandon: it proposes 0x100000006 behind 0x100000004: something is missing between',
    ]);
  });

  it('that leaves anything but what was to be left is an error (4.6)', () => {
    const rig = new LearnerRig();
    rig.meet(2);
    rig.hear(PacketType.TRUNC, '1.3');
    expect(() => rig.learner.truncated(zxid('1.2'))).toThrow('cut at 0x100000003, and ends at 0x100000002');
  });

  it('makes what was durable before behind it count no more', () => {
    const rig = new LearnerRig();
    rig.meet(1);
    rig.hear(PacketType.TRUNC, '1.3');
    rig.learner.truncated(zxid('1.3'));
    rig.propose('1.4');
    rig.takeOver(1, '1.3');
    expect(rig.take()).toEqual(expect.not.arrayContaining(['> ACK 1.4']));
    rig.logged('1.4');
    expect(rig.take()).toEqual(['> ACK 1.4']);
  });

  it('that the files do not allow leaves them as they are, and the next time a snapshot is asked for', () => {
    const rig = new LearnerRig({ acceptedEpoch: 1, last: '1.5' });
    rig.meet(2);
    rig.hear(PacketType.TRUNC, '1.3');
    rig.learner.cannotCut();
    expect(rig.take()).toEqual(['truncate 1.3', 'abandon: it wants a cut at 0x100000003, to which no files lead']);
    const { uncuttableIn } = rig.learner;
    expect(uncuttableIn).toBe(2);

    const again = new LearnerRig({ acceptedEpoch: 2, currentEpoch: 1, last: '1.5', uncuttableIn });
    again.hear(PacketType.LEADERINFO, '2.0');
    expect(again.take()).toEqual(['> ACKEPOCH']);
    expect(again.sent).toEqual([{ type: PacketType.ACKEPOCH, zxid: -1, data: Buffer.from([255, 255, 255, 255]) }]);
    again.hear(PacketType.SNAP, '2.4');
    expect(again.take()).toEqual(['receiveSnapshot 2.4']);
    expect(again.learner.uncuttableIn).toBe(2);
  });

  it('that the files did not allow does not matter to the leader of another epoch', () => {
    const rig = new LearnerRig({ acceptedEpoch: 2, currentEpoch: 1, last: '1.5', uncuttableIn: 2 });
    rig.hear(PacketType.LEADERINFO, '3.0');
    rig.accepted(3);
    expect(rig.take()).toEqual(['acceptEpoch 3', '> ACKEPOCH 1.5']);
  });

  it('that the files did not allow is not made up for by a DIFF', () => {
    const rig = new LearnerRig({ acceptedEpoch: 2, currentEpoch: 1, last: '1.5', uncuttableIn: 2 });
    rig.hear(PacketType.LEADERINFO, '2.0');
    rig.take();
    rig.hear(PacketType.DIFF, '2.4');
    expect(rig.take()).toEqual(['abandon: DIFF 0x200000004 came where first-packet was due']);
  });
});

describe('a SNAP', () => {
  it('is the history from there on, and is secured before NEWLEADER is acknowledged (ZOOKEEPER-2872)', () => {
    const rig = new LearnerRig({ last: '1.9' });
    rig.meet(2);
    rig.hear(PacketType.SNAP, '1.7');
    expect([rig.take(), rig.learner.isBusy]).toEqual([['receiveSnapshot 1.7'], true]);
    rig.learner.snapshotReceived(zxid('1.7'));
    rig.replay('1.6', '1.7', '1.8');
    rig.propose('2.1');
    rig.hear(PacketType.NEWLEADER, '2.0', Buffer.from('version=0'));
    expect(rig.take()).toEqual([
      "accept 1.8 '1.8'",
      'commit 1.8',
      "accept 2.1 '2.1'",
      "configProposed 'version=0'",
      'secureHistory',
    ]);
    rig.secured('1.8');
    expect(rig.take()).toEqual(['enterEpoch 2']);
  });

  it('whose leader is gone before it was received is nothing', () => {
    const rig = new LearnerRig();
    rig.meet(2);
    rig.hear(PacketType.SNAP, '1.7');
    rig.learner.left();
    rig.learner.snapshotReceived(zxid('1.7'));
    rig.hear(PacketType.NEWLEADER, '2.0');
    expect(rig.take()).toEqual(['receiveSnapshot 1.7']);
  });
});
