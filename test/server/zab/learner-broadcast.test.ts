import { describe, expect, it } from 'vitest';
import { JuteWriter } from '../../../src/protocol/jute-writer.js';
import { writeCommitAndActivate, writeInformAndActivate } from '../../../src/protocol/quorum/activation.js';
import { PacketSplitter } from '../../../src/protocol/quorum/packet-splitter.js';
import { PacketType } from '../../../src/protocol/quorum/packet-type.js';
import { LearnerRig } from './support/learner-rig.js';
import { entry, zxid } from './support/packets.js';

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
