import { describe, expect, it } from 'vitest';
import { PacketType } from '../../../src/protocol/quorum/packet-type.js';
import { EPOCH_MAX } from '../../../src/protocol/zxid.js';
import { hierarchical, majorityOf } from '../../../src/server/zab/quorum-verifier.js';
import { LeaderRig } from './support/leader-rig.js';
import { ack, ackEpoch, entries, zxid } from './support/packets.js';

describe('the choice of an epoch', () => {
  it('falls above all that a quorum has accepted', () => {
    const rig = new LeaderRig({ acceptedEpoch: 3 });
    rig.leader.start();
    expect(rig.take()).toEqual([]);
    rig.come(2, { acceptedEpoch: 7 });
    expect(rig.take()).toEqual(['acceptEpoch 8']);
  });

  it('falls above what a learner has accepted that is as high as the proposed one (ZOOKEEPER-1343)', () => {
    const rig = new LeaderRig({ acceptedEpoch: 3, verifier: majorityOf([1, 2, 3, 4, 5]) });
    rig.leader.start();
    rig.come(2, { acceptedEpoch: 4 });
    rig.come(3, { acceptedEpoch: 4 });
    expect(rig.take()).toEqual(['acceptEpoch 5']);
  });

  it('waits for the leader itself, however many learners are there before it (ZOOKEEPER-1343, ZOOKEEPER-2959)', () => {
    const rig = new LeaderRig({ acceptedEpoch: 9 });
    rig.come(2, { acceptedEpoch: 1 });
    rig.come(3, { acceptedEpoch: 1 });
    expect(rig.take()).toEqual([]);
    rig.leader.start();
    expect(rig.take()).toEqual(['acceptEpoch 10']);
  });

  it('counts no observer and nobody from outside, but stays above what they have accepted (ZOOKEEPER-2959)', () => {
    const rig = new LeaderRig();
    rig.leader.start();
    rig.come(4, { acceptedEpoch: 6, isObserver: true });
    rig.come(9, { acceptedEpoch: 8 });
    expect(rig.take()).toEqual([]);
    rig.come(2);
    expect(rig.take()).toEqual(['acceptEpoch 9']);
  });

  it('counts no participant that comes as an observer (ZOOKEEPER-2959)', () => {
    const rig = new LeaderRig();
    rig.leader.start();
    rig.come(2, { isObserver: true });
    expect(rig.take()).toEqual([]);
  });

  it('counts by weight where there are groups', () => {
    const groups = new Map([[1, [1, 2, 3]]]);
    const weights = new Map([[3, 0]]);
    const rig = new LeaderRig({ verifier: hierarchical({ participants: [1, 2, 3], groups, weights }) });
    rig.leader.start();
    rig.come(3);
    expect(rig.take()).toEqual([]);
    rig.come(2);
    expect(rig.take()).toEqual(['acceptEpoch 1']);
  });

  it('needs a quorum of a proposed configuration, too', () => {
    const rig = new LeaderRig({ lastSeen: majorityOf([1, 4, 5]) });
    rig.leader.start();
    rig.come(2);
    expect(rig.take()).toEqual([]);
    rig.come(5);
    expect(rig.take()).toEqual(['acceptEpoch 1']);
  });

  it('is final: who comes later is told the same', () => {
    const rig = new LeaderRig();
    rig.establish();
    rig.come(3, { acceptedEpoch: 1 });
    expect(rig.take()).toEqual(['3< LEADERINFO 1.0']);
  });

  it('is given up for a voter that has promised a later one: it could follow no leader of this one (sim 1619)', () => {
    const rig = new LeaderRig();
    rig.establish();
    rig.come(3, { acceptedEpoch: 5 });
    expect(rig.take()).toEqual([
      'acceptEpoch 5',
      'stepDown: server 3 has promised epoch 5, and cannot follow in epoch 1',
    ]);
  });

  it('is given up for no observer and nobody from outside, whatever they have promised (ZOOKEEPER-2959)', () => {
    const rig = new LeaderRig();
    rig.establish();
    rig.come(3, { acceptedEpoch: 5, isObserver: true });
    rig.come(4, { acceptedEpoch: 5 });
    expect(rig.take()).toEqual(['3< LEADERINFO 1.0', '4< LEADERINFO 1.0']);
  });

  it('is none behind the last epoch there can be: who brings that is refused', () => {
    const rig = new LeaderRig();
    rig.leader.start();
    rig.come(2, { acceptedEpoch: EPOCH_MAX });
    expect(rig.take()).toEqual([`close 0: it has accepted epoch ${EPOCH_MAX}, which no epoch can follow`]);
    const last = new LeaderRig({ acceptedEpoch: EPOCH_MAX, verifier: majorityOf([1]) });
    last.leader.start();
    expect(last.take()).toEqual([`stepDown: no epoch can follow ${EPOCH_MAX}`]);
  });
});

describe('the epoch', () => {
  it('is told to nobody before it stands in the own file (4.3)', () => {
    const rig = new LeaderRig();
    rig.leader.start();
    const early = rig.come(2);
    expect(rig.take()).toEqual(['acceptEpoch 1']);
    rig.come(3);
    expect(rig.take()).toEqual([]);
    rig.accepted(1);
    expect(rig.take()).toEqual(['2< LEADERINFO 1.0', '3< LEADERINFO 1.0']);
    expect(early.phase).toBe('promise');
  });

  it('is entered when a quorum has promised, the leader with its file among them', () => {
    const rig = new LeaderRig({ verifier: majorityOf([1, 2, 3, 4, 5]) });
    rig.leader.start();
    const [two, three] = [rig.come(2), rig.come(3)];
    rig.accepted(1);
    rig.take();
    rig.say(two, ackEpoch('0.0', 0));
    expect(rig.take()).toEqual([]);
    rig.say(three, ackEpoch('0.0', 0));
    expect(rig.take()).toEqual(['enterEpoch 1']);
  });

  it('is not promised by who had accepted it before: it is led, and not counted', () => {
    const rig = new LeaderRig({ verifier: majorityOf([1, 2, 3, 4, 5]) });
    rig.leader.start();
    const [two, three, four] = [rig.come(2), rig.come(3), rig.come(4)];
    rig.accepted(1);
    rig.say(two, ackEpoch('0.0', -1));
    rig.say(three, ackEpoch('0.0', 0));
    expect(rig.take().filter((line) => line.startsWith('enter'))).toEqual([]);
    rig.say(four, ackEpoch('0.0', 0));
    expect(rig.take()).toEqual(['enterEpoch 1']);
    rig.entered(1);
    expect(rig.takeFor(2)).toEqual(['2< DIFF 0.0', '2< NEWLEADER 1.0']);
  });

  it('is not promised by who does not know its history, which gets a snapshot', () => {
    const rig = new LeaderRig({ history: entries({ 1: 3 }), acceptedEpoch: 1 });
    rig.leader.start();
    const two = rig.come(2, { acceptedEpoch: 1 });
    rig.accepted(2);
    rig.say(two, { ...ackEpoch('0.0', 1), zxid: -1 as ReturnType<typeof zxid> });
    expect(rig.take().filter((line) => line.startsWith('enter'))).toEqual([]);
    rig.introduce(3, { acceptedEpoch: 1, currentEpoch: 1 });
    rig.entered(2);
    expect(rig.takeFor(2)).toEqual(['2< SNAP 1.3', '2< NEWLEADER 2.0']);
  });

  it('is promised by no observer and nobody from outside (ZOOKEEPER-2959)', () => {
    const rig = new LeaderRig();
    rig.leader.start();
    rig.come(2);
    rig.accepted(1);
    rig.introduce(4, { isObserver: true });
    rig.introduce(9);
    rig.introduce(3, { isObserver: true });
    expect(rig.take().filter((line) => line.startsWith('enter'))).toEqual([]);
  });

  it('is entered once', () => {
    const rig = new LeaderRig();
    rig.leader.start();
    const peers = [rig.come(2), rig.come(3)];
    rig.accepted(1);
    rig.take();
    for (const peer of peers) rig.say(peer, ackEpoch('0.0', 0));
    expect(rig.take()).toEqual(['enterEpoch 1']);
  });
});

describe('a history that is more recent than the leader’s', () => {
  const history = entries({ 1: 3 });

  it.each([
    ['of a later epoch', { currentEpoch: 2, last: '1.1' }],
    ['longer in the same epoch', { currentEpoch: 1, last: '1.4' }],
  ])('%s is not led', (_, { currentEpoch, last }) => {
    const rig = new LeaderRig({ history, acceptedEpoch: 2, currentEpoch: 1 });
    rig.leader.start();
    rig.come(2, { acceptedEpoch: 2 });
    rig.accepted(3);
    rig.take();
    rig.introduce(3, { acceptedEpoch: 2, currentEpoch, last });
    expect(rig.take()).toEqual([
      '3< LEADERINFO 3.0',
      `close 3: its history is more recent than ours: epoch ${currentEpoch}, 0x10000000${last.at(-1)}`,
    ]);
  });

  it('is not led by whoever it belongs to, an observer, too', () => {
    const rig = new LeaderRig({ history, acceptedEpoch: 1 });
    rig.leader.start();
    rig.come(2);
    rig.accepted(2);
    rig.introduce(4, { isObserver: true, currentEpoch: 1, last: '1.4' });
    expect(rig.takeFor(4).at(-1)).toMatch(/^close 4: its history is more recent/);
  });

  it('is led once a quorum has promised: nobody can have committed what it has more', () => {
    const rig = new LeaderRig({ history, acceptedEpoch: 1 });
    rig.establish({ currentEpoch: 1, last: '1.3' });
    rig.introduce(3, { currentEpoch: 1, last: '1.5' });
    expect(rig.takeFor(3)).toEqual(['3< LEADERINFO 2.0', '3< TRUNC 1.3', '3< NEWLEADER 2.0']);
  });
});

describe('a learner that', () => {
  it('knows a newer configuration is refused', () => {
    const rig = new LeaderRig({ configVersion: zxid('1.3') });
    rig.leader.start();
    rig.come(2, { configVersion: zxid('1.4') });
    expect(rig.take()).toEqual(['close 0: it knows configuration 100000004, which is newer than ours']);
  });

  it('knows of no configurations, or an older one, is welcome', () => {
    const rig = new LeaderRig({ configVersion: zxid('1.3'), verifier: majorityOf([1, 2, 3, 4, 5]) });
    rig.leader.start();
    rig.come(2, { configVersion: null });
    rig.come(3, { configVersion: zxid('1.2') });
    expect(rig.take()).toEqual(['acceptEpoch 1']);
  });

  it('speaks the protocol from before ZAB 1.0 is refused', () => {
    const rig = new LeaderRig();
    rig.leader.start();
    rig.come(2, { protocolVersion: null });
    rig.come(3, { protocolVersion: 1 });
    expect(rig.take()).toEqual([
      'close 0: it speaks version 0 of the protocol, from before ZAB 1.0',
      'close 0: it speaks version 1 of the protocol, from before ZAB 1.0',
    ]);
  });

  it('says that it is the leader is refused: its acknowledgements would be the leader’s', () => {
    const rig = new LeaderRig();
    rig.leader.start();
    rig.come(1);
    expect(rig.take()).toEqual(['close 0: it says that it is server 1, which is this one']);
  });

  it('comes again takes the place of its old connection', () => {
    const rig = new LeaderRig();
    const old = rig.establish();
    rig.come(2, { acceptedEpoch: 1 });
    expect(rig.take()).toEqual(['close 2: it has connected anew', '2< LEADERINFO 1.0']);
    expect(rig.say(old, ack('1.1'))).toBe(false);
    expect(rig.take()).toEqual([]);
  });

  it.each([
    ['promises before it was asked', (rig: LeaderRig) => rig.say(rig.come(2), ackEpoch('0.0', 0)), 'ACKEPOCH', 'epoch'],
    [
      'says twice who it is',
      (rig: LeaderRig) => {
        const peer = rig.come(2);
        rig.say(peer, { type: PacketType.FOLLOWERINFO, zxid: zxid('0.0'), data: Buffer.alloc(20) });
      },
      'FOLLOWERINFO',
      'epoch',
    ],
  ])('%s is not led', (_, misbehave, name, phase) => {
    const rig = new LeaderRig();
    rig.leader.start();
    misbehave(rig);
    expect(rig.take()).toEqual(['acceptEpoch 1', `close 2: ${name} came while it was at ${phase}`]);
  });

  it('acknowledges before it was sent anything is not led', () => {
    const rig = new LeaderRig();
    rig.leader.start();
    rig.say(rig.come(2), ack('1.0'));
    expect(rig.takeFor(2)).toEqual(['close 2: it acknowledges 0x100000000, which was not sent to it']);
  });
});

describe('no quorum within initLimit', () => {
  it.each([
    ['comes', (rig: LeaderRig) => rig.leader.start()],
    [
      'promises',
      (rig: LeaderRig) => {
        rig.leader.start();
        rig.come(2);
        rig.ticks(4);
        rig.accepted(1);
      },
    ],
    [
      'takes the history over',
      (rig: LeaderRig) => {
        rig.leader.start();
        const two = rig.come(2);
        rig.accepted(1);
        rig.say(two, ackEpoch('0.0', 0));
        rig.ticks(4);
        rig.entered(1);
      },
    ],
  ])('%s: the leader gives up', (_, until) => {
    const rig = new LeaderRig();
    until(rig);
    rig.take();
    rig.ticks(5);
    expect(rig.take().filter((line) => line.startsWith('stepDown'))).toEqual([]);
    rig.ticks(1);
    expect(rig.take()).toContain('stepDown: no quorum has come within initLimit');
  });
});
