import { describe, expect, it } from 'vitest';
import { PacketType } from '../../../src/protocol/quorum/packet-type.js';
import { LearnerRig } from './support/learner-rig.js';
import { zxid } from './support/packets.js';

describe('NEWLEADER', () => {
  it('is acknowledged when the history, then the epoch, are on the device (ZOOKEEPER-3911, 3023, 4643, 4646, 4785)', () => {
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
