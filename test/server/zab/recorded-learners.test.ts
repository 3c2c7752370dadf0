import { expect, it } from 'vitest';
import { PacketType } from '../../../src/protocol/quorum/packet-type.js';
import { counterOf, makeZxid, type Zxid } from '../../../src/protocol/zxid.js';
import { LearnerRig } from './support/learner-rig.js';
import { zxidText } from './support/packets.js';
import { recordedSyncs, textOf, type RecordedSync } from './support/recorded-sync.js';

/** How a recorded leader's packets are taken by a learner whose disk needs no time. */
function replay({ isObserver, acceptedEpoch, currentEpoch, epoch, last, packets }: RecordedSync): LearnerRig {
  const own = { isObserver, acceptedEpoch, currentEpoch: currentEpoch < 0 ? epoch : currentEpoch };
  const rig = new LearnerRig({ ...own, last: zxidText(last) });
  let end = last;
  rig.learner.connected();
  for (const { type, zxid, data, isFromLeader, isDelivered } of packets) {
    if (!isFromLeader || !isDelivered) continue;
    rig.hear(type, zxid < 0 ? undefined : zxidText(zxid), data);
    if (type === PacketType.LEADERINFO) rig.accepted(epoch);
    if (type === PacketType.TRUNC || type === PacketType.SNAP) end = zxid;
    if (type === PacketType.TRUNC) rig.learner.truncated(zxid);
    if (type === PacketType.SNAP) rig.learner.snapshotReceived(zxid);
    if (type === PacketType.PROPOSAL || type === PacketType.INFORM) end = Math.max(end, zxid) as Zxid;
    if (type === PacketType.PROPOSAL) rig.logged(zxidText(end));
    if (type !== PacketType.NEWLEADER) continue;
    rig.secured(zxidText(end));
    rig.entered(epoch);
  }
  return rig;
}

const greets = new Set<number>([PacketType.FOLLOWERINFO, PacketType.OBSERVERINFO, PacketType.ACKEPOCH]);
const all = recordedSyncs();
/** There the leader was made to leave out all but the last of an epoch's four thousand millions. */
const syncs = all.filter(({ name }) => !name.startsWith('zxid-rollover'));

it('has enough to go by', () => {
  expect(syncs.length).toBeGreaterThan(45);
});

/**
 * The same as Apache's learners, but for the order of some ACKs: here none comes before that of NEWLEADER (ZOOKEEPER-4685), and
 * every proposal is acknowledged, which releases from 3.9.3 on leave out for what came committed.
 */
it.each(syncs.map((sync) => [sync.name, sync] as const))('says what Apache’s learner said: %s', (_, sync) => {
  const rig = replay(sync);
  expect(rig.take().filter((line) => line.startsWith('abandon'))).toEqual([]);

  const theirs = sync.packets.filter(({ isFromLeader }) => !isFromLeader);
  const greeted = theirs.filter(({ type }) => greets.has(type));
  expect(rig.sent.filter(({ type }) => greets.has(type)).map(textOf as never)).toEqual(greeted.map(textOf));
  const [ours, theirAckEpoch] = [rig.sent, theirs].map((sent) => sent.find(({ type }) => type === PacketType.ACKEPOCH));
  expect(ours!.data).toEqual(theirAckEpoch!.data);

  const acks = rig.sent.filter(({ type }) => type === PacketType.ACK).map(({ zxid }) => zxid);
  const theirAcks = theirs.filter(({ type }) => type === PacketType.ACK).map(({ zxid }) => zxid);
  const start = makeZxid(sync.epoch, 0);
  expect(acks[0]).toBe(start);
  expect(acks.filter((zxid) => zxid === start)).toHaveLength(2);
  const proposed = sync.packets.filter(({ type, isDelivered }) => type === PacketType.PROPOSAL && isDelivered);
  const singly = acks.filter((zxid) => counterOf(zxid) !== 0);
  expect(singly).toEqual(sync.isObserver ? [] : proposed.map(({ zxid }) => zxid));
  if (!sync.isObserver) expect(theirAcks.filter((zxid) => !acks.includes(zxid))).toEqual([]);

  const pings = (isFromLeader: boolean) =>
    sync.packets.filter((each) => each.type === PacketType.PING && each.isFromLeader === isFromLeader);
  expect(pings(false).length).toBeLessThanOrEqual(pings(true).length);
});

it.each(all.filter((sync) => !syncs.includes(sync)).map((sync) => [sync.name, sync] as const))(
  'does not follow a leader across a gap, as Apache’s learners before 3.9.4 did: %s',
  (_, sync) => {
    expect(replay(sync).take().at(-1)).toMatch(
      /^abandon: it proposes 0x.fffffffb behind .*: something is missing between$/,
    );
  },
);
