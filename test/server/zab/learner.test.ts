import { describe, expect, it } from 'vitest';
import { JuteWriter } from '../../../src/protocol/jute-writer.js';
import { writeCommitAndActivate, writeInformAndActivate } from '../../../src/protocol/quorum/activation.js';
import { PacketSplitter } from '../../../src/protocol/quorum/packet-splitter.js';
import { PacketType } from '../../../src/protocol/quorum/packet-type.js';
import { LearnerRig } from './support/learner-rig.js';
import { entry, zxid } from './support/packets.js';

describe('a learner', () => {
  it('follows from nothing to its first transaction (recording cold-start)', () => {
    const rig = new LearnerRig({ acceptedEpoch: 0, last: '0.0' });
    rig.learner.connected();
    rig.hear(PacketType.LEADERINFO, '1.0', Buffer.from([0, 1, 0, 0]));
    rig.accepted(1);
    rig.hear(PacketType.DIFF, '0.0');
    rig.hear(PacketType.NEWLEADER, '1.0', Buffer.from('version=0'));
    rig.secured('0.0');
    rig.entered(1);
    rig.hear(PacketType.UPTODATE);
    rig.propose('1.1');
    rig.commit('1.1');
    rig.logged('1.1');
    expect(rig.take()).toEqual([
      ...['> FOLLOWERINFO 0.0', 'acceptEpoch 1', '> ACKEPOCH 0.0'],
      ...["configProposed 'version=0'", 'secureHistory', 'enterEpoch 1', '> ACK 1.0', '> ACK 1.0', 'serve 1'],
      ...["accept 1.1 '1.1'", 'commit 1.1', '> ACK 1.1'],
    ]);
  });

  it('says who it is, as an observer or not', () => {
    const info = [0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    for (const isObserver of [false, true]) {
      const rig = new LearnerRig({ isObserver });
      rig.learner.connected();
      const type = isObserver ? PacketType.OBSERVERINFO : PacketType.FOLLOWERINFO;
      expect(rig.sent).toEqual([{ type, zxid: zxid('1.0'), data: Buffer.from(info) }]);
    }
  });
});

describe('an epoch', () => {
  it('is promised when it stands in the file, with the one it was in before (4.3)', () => {
    const rig = new LearnerRig({ acceptedEpoch: 4, currentEpoch: 3, last: '3.7' });
    rig.hear(PacketType.LEADERINFO, '6.0');
    expect([rig.take(), rig.learner.isBusy]).toEqual([['acceptEpoch 6'], true]);
    rig.accepted(6);
    expect(rig.sent).toEqual([{ type: PacketType.ACKEPOCH, zxid: zxid('3.7'), data: Buffer.from([0, 0, 0, 3]) }]);
    expect(rig.learner.isBusy).toBe(false);
  });

  it('that was accepted before is not promised again', () => {
    const rig = new LearnerRig({ acceptedEpoch: 4, currentEpoch: 3, last: '3.7' });
    rig.hear(PacketType.LEADERINFO, '4.0');
    expect(rig.take()).toEqual(['> ACKEPOCH 3.7']);
    expect(rig.sent[0]!.data).toEqual(Buffer.from([255, 255, 255, 255]));
  });

  it('lower than the accepted one is refused', () => {
    const rig = new LearnerRig({ acceptedEpoch: 4 });
    rig.hear(PacketType.LEADERINFO, '3.0');
    expect(rig.take()).toEqual(['abandon: it proposes epoch 3, and epoch 4 was promised to another leader']);
  });

  it('is not promised by a token of another one', () => {
    const rig = new LearnerRig();
    rig.hear(PacketType.LEADERINFO, '3.0');
    rig.take();
    rig.accepted(2);
    expect(rig.take()).toEqual([]);
  });

  it('whose leader is gone when it stands in the file is promised to nobody', () => {
    const rig = new LearnerRig();
    rig.hear(PacketType.LEADERINFO, '3.0');
    rig.learner.left();
    rig.take();
    rig.accepted(3);
    expect(rig.take()).toEqual([]);
  });
});

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

describe('NEWLEADER', () => {
  it('is acknowledged when the history, then the epoch, are on the device (ZOOKEEPER-3911, 4643, 4646, 4785)', () => {
    const rig = new LearnerRig();
    rig.join(2, zxid('1.5'));
    rig.replay('1.6');
    rig.take();
    rig.hear(PacketType.NEWLEADER, '2.0', Buffer.from('version=0'));
    expect([rig.take(), rig.learner.isBusy]).toEqual([["configProposed 'version=0'", 'secureHistory'], true]);
    rig.logged('1.6');
    rig.entered(2);
    expect(rig.take()).toEqual([]);
    rig.secured('1.6');
    expect([rig.take(), rig.learner.isBusy]).toEqual([['enterEpoch 2'], true]);
    rig.entered(1);
    expect(rig.take()).toEqual([]);
    rig.entered(2);
    expect([rig.take(), rig.learner.isBusy]).toEqual([['> ACK 2.0', '> ACK 1.6'], false]);
  });

  it('is not acknowledged for a history of which something is missing on the device', () => {
    const rig = new LearnerRig();
    rig.join(2, zxid('1.5'));
    rig.replay('1.6');
    rig.hear(PacketType.NEWLEADER, '2.0');
    expect(() => rig.secured('1.5')).toThrow('0x100000006 is committed, and only 0x100000005 is durable');
  });

  it('has the first ACK of the connection, whatever is durable already (ZOOKEEPER-4685)', () => {
    const rig = new LearnerRig();
    rig.join(2, zxid('1.5'));
    rig.replay('1.6');
    rig.propose('2.1');
    rig.logged('2.1');
    expect(rig.sent.filter(({ type }) => type === PacketType.ACK)).toEqual([]);
    rig.takeOver(2, '2.1');
    expect(rig.take().filter((line) => line.startsWith('>'))).toEqual(['> ACK 2.0', '> ACK 1.6', '> ACK 2.1']);
  });

  it('may be followed at once by the COMMIT of what was proposed before it (ZOOKEEPER-4394)', () => {
    const rig = new LearnerRig();
    rig.join(2, zxid('1.5'));
    rig.propose('2.1');
    rig.takeOver(2, '1.5');
    rig.take();
    rig.commit('2.1');
    expect(rig.take()).toEqual(['commit 2.1']);
    rig.logged('2.1');
    expect(rig.take()).toEqual(['> ACK 2.1']);
  });

  it.each(['1.0', '3.0', '2.1'])('of another epoch, %s, is not followed', (other) => {
    const rig = new LearnerRig();
    rig.join(2, zxid('1.5'));
    rig.hear(PacketType.NEWLEADER, other);
    expect(rig.take()).toEqual([`abandon: it led us into epoch 2, and now leads 0x${zxid(other).toString(16)}`]);
  });

  it('from a server that knows no configurations says nothing of one', () => {
    for (const data of [null, Buffer.alloc(0), Buffer.alloc(1)]) {
      const rig = new LearnerRig();
      rig.join(2, zxid('1.5'));
      rig.hear(PacketType.NEWLEADER, '2.0', data);
      expect(rig.take()).toEqual(['secureHistory']);
    }
  });

  it.each([PacketType.NEWLEADER, PacketType.DIFF, PacketType.TRUNC, PacketType.SNAP, PacketType.LEADERINFO])(
    'is followed by no packet of type %i',
    (type) => {
      const rig = new LearnerRig();
      rig.join(2, zxid('1.5'));
      rig.takeOver(2, '1.5');
      rig.take();
      rig.hear(type, '2.0');
      expect(rig.take()[0]).toMatch(/^abandon: .* came where up-to-date was due$/);
    },
  );
});

describe('UPTODATE', () => {
  it('lets clients in, and nothing before it (4.14)', () => {
    const rig = new LearnerRig();
    rig.join(2, zxid('1.5'));
    rig.replay('1.6');
    rig.takeOver(2, '1.6');
    expect([rig.learner.isServing, rig.take().filter((line) => line.startsWith('serve'))]).toEqual([false, []]);
    rig.hear(PacketType.UPTODATE);
    expect([rig.learner.isServing, rig.take()]).toEqual([true, ['> ACK 2.0', 'serve 2']]);
  });

  it('does not come before NEWLEADER', () => {
    const rig = new LearnerRig();
    rig.join(2, zxid('1.5'));
    rig.hear(PacketType.UPTODATE);
    expect(rig.take()).toEqual(['abandon: UPTODATE 0x-1 came where new-leader was due']);
  });

  it.each([
    ['SYNC', PacketType.SYNC, null],
    ['REVALIDATE', PacketType.REVALIDATE, Buffer.alloc(9)],
  ])('comes before any answer: %s', (_, type, data) => {
    const rig = new LearnerRig();
    rig.join(2, zxid('1.5'));
    rig.hear(type, '0.0', data);
    expect(rig.take()[0]).toMatch(/^abandon: .* came where new-leader was due$/);
  });

  it('comes before PINGs are answered', () => {
    const rig = new LearnerRig();
    rig.join(2, zxid('1.5'));
    rig.hear(PacketType.PING, '2.0');
    rig.takeOver(2, '1.5');
    rig.hear(PacketType.PING, '2.0');
    rig.hear(PacketType.UPTODATE);
    rig.take();
    rig.hear(PacketType.PING, '2.0');
    expect(rig.take()).toEqual(['touchesWanted 2.0']);
  });
});

describe('a follower', () => {
  it('acknowledges what is durable, in the order of the log (4.2)', () => {
    const rig = LearnerRig.following();
    for (const text of ['2.1', '2.2', '2.3']) rig.propose(text);
    expect(rig.take()).toEqual(["accept 2.1 '2.1'", "accept 2.2 '2.2'", "accept 2.3 '2.3'"]);
    rig.logged('2.2');
    expect(rig.take()).toEqual(['> ACK 2.1', '> ACK 2.2']);
    rig.logged('2.2');
    expect(rig.take()).toEqual([]);
    rig.logged('2.3');
    expect(rig.take()).toEqual(['> ACK 2.3']);
  });

  it('commits what it is told to, before it is durable here, too', () => {
    const rig = LearnerRig.following();
    rig.replay('2.1');
    expect(rig.take()).toEqual(["accept 2.1 '2.1'", 'commit 2.1']);
  });

  it('does not commit what is not next, or not there (4.7)', () => {
    const rig = LearnerRig.following();
    rig.propose('2.1');
    rig.propose('2.2');
    rig.take();
    rig.commit('2.2');
    expect(rig.take()).toEqual(['abandon: it commits 0x200000002, but 0x200000001 is next']);
    const other = LearnerRig.following();
    other.commit('2.1');
    expect(other.take()).toEqual(['abandon: it commits 0x200000001, but nothing is waiting']);
  });

  it('does not accept what leaves a gap, or comes again', () => {
    for (const text of ['2.3', '2.1', '3.2']) {
      const rig = LearnerRig.following();
      rig.propose('2.1');
      rig.take();
      rig.propose(text);
      expect(rig.take()[0]).toMatch(/^abandon: it proposes .* behind 0x200000001/);
    }
  });

  it('hands on what the leader answers', () => {
    const rig = LearnerRig.following();
    rig.hear(PacketType.SYNC, '0.0');
    rig.hear(PacketType.REVALIDATE, '0.0', new JuteWriter().int64(77n).bool(true).take());
    expect(rig.take()).toEqual(['syncAnswered', 'revalidated 77 true']);
  });

  it('passes over packets of kinds that are not known', () => {
    const rig = LearnerRig.following();
    rig.hear(77, '2.1');
    expect(rig.take()).toEqual([]);
  });

  it('that has left does nothing more', () => {
    const rig = LearnerRig.following();
    rig.propose('2.1');
    rig.take();
    rig.learner.left();
    rig.logged('2.1');
    rig.commit('2.1');
    rig.propose('2.2');
    expect(rig.take()).toEqual([]);
  });

  it('is told of a reconfiguration before it commits it (3.14)', () => {
    const rig = LearnerRig.following();
    rig.propose('2.1');
    rig.take();
    const out = new JuteWriter();
    writeCommitAndActivate(out, zxid('2.1'), 3);
    new PacketSplitter({ fieldBytesMax: 1000 }).push(out.take(), (packet) => {
      rig.learner.packet(packet);
      return true;
    });
    expect(rig.take()).toEqual(['activate 2.1, led by 3', 'commit 2.1']);
  });
});

describe('an observer', () => {
  it('takes pairs of PROPOSAL and COMMIT, and INFORM, while it is brought up to date (recording observer)', () => {
    const rig = new LearnerRig({ isObserver: true });
    rig.join(2, zxid('1.5'));
    rig.replay('1.6');
    rig.hear(PacketType.INFORM, '1.7', entry('1.7').bytes);
    rig.logged('1.7');
    rig.takeOver(2, '1.7');
    expect(rig.take()).toEqual([
      ...["accept 1.6 '1.6'", 'commit 1.6', "accept 1.7 '1.7'", 'commit 1.7'],
      ...["configProposed 'version=0'", 'secureHistory', 'enterEpoch 2', '> ACK 2.0'],
    ]);
  });

  it('is informed, and acknowledges nothing', () => {
    const rig = LearnerRig.following({ isObserver: true });
    rig.hear(PacketType.INFORM, '2.1', entry('2.1').bytes);
    rig.logged('2.1');
    expect(rig.take()).toEqual(["accept 2.1 '2.1'", 'commit 2.1']);
  });

  it('passes over proposals and commits that are not meant for it', () => {
    const rig = LearnerRig.following({ isObserver: true });
    rig.replay('2.1');
    expect(rig.take()).toEqual([]);
  });

  it('is not led across a gap', () => {
    const rig = LearnerRig.following({ isObserver: true });
    rig.hear(PacketType.INFORM, '2.2', entry('2.2').bytes);
    expect(rig.take()[0]).toMatch(/^abandon: it proposes 0x200000002 behind 0x100000005/);
  });

  it('is told of a reconfiguration together with it', () => {
    const rig = LearnerRig.following({ isObserver: true });
    const out = new JuteWriter();
    const { bytes } = entry('2.1');
    writeInformAndActivate(out, zxid('2.1'), { designatedLeader: 3, entry: { bytes, start: 0, end: bytes.length } });
    new PacketSplitter({ fieldBytesMax: 1000 }).push(out.take(), (packet) => {
      rig.learner.packet(packet);
      return true;
    });
    expect(rig.take()).toEqual(["accept 2.1 '2.1'", 'activate 2.1, led by 3', 'commit 2.1']);
  });
});

describe('where something else is due', () => {
  it.each([PacketType.DIFF, PacketType.NEWLEADER, PacketType.UPTODATE, PacketType.PROPOSAL, PacketType.PING])(
    'a leader that begins with a packet of type %i is not followed',
    (type) => {
      const rig = new LearnerRig();
      rig.hear(type, '2.0');
      expect(rig.take()[0]).toMatch(/^abandon: .* came where leader-info was due$/);
    },
  );

  it.each([PacketType.LEADERINFO, PacketType.NEWLEADER, PacketType.PROPOSAL, PacketType.COMMIT, PacketType.PING])(
    'a history that begins with a packet of type %i is not taken',
    (type) => {
      const rig = new LearnerRig();
      rig.meet(2);
      rig.hear(type, '2.0');
      expect(rig.take()[0]).toMatch(/^abandon: .* came where first-packet was due$/);
    },
  );

  it('packets are kept back: nobody may hand them over while the disk works', () => {
    const rig = new LearnerRig();
    rig.join(2, zxid('1.5'));
    rig.hear(PacketType.NEWLEADER, '2.0');
    expect(() => rig.propose('2.1')).toThrow('a packet was handed over while the learner is securing-history');
  });
});
