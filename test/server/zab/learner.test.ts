import { describe, expect, it } from 'vitest';
import { PacketType } from '../../../src/protocol/quorum/packet-type.js';
import { LearnerRig } from './support/learner-rig.js';
import { zxid } from './support/packets.js';

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
