import { beforeEach, describe, expect, it } from 'vitest';
import { JuteWriter } from '../../../src/protocol/jute-writer.js';
import { PacketType } from '../../../src/protocol/quorum/packet-type.js';
import { writeQuorumPacket } from '../../../src/protocol/quorum/quorum-packet.js';
import type { Zxid } from '../../../src/protocol/zxid.js';
import { LeaderWatch } from '../../../src/testing/sim/ensemble/leader-watch.js';
import { Leadership } from '../../../src/testing/sim/ensemble/leadership.js';
import { LearnerWatch } from '../../../src/testing/sim/ensemble/learner-watch.js';
import { QuorumGround } from '../../../src/testing/sim/ensemble/quorum-ground.js';
import type { SpokenPacket } from '../../../src/testing/sim/ensemble/quorum-stream.js';
import { QuorumStream } from '../../../src/testing/sim/ensemble/quorum-stream.js';
import { TxnBook } from '../../../src/testing/sim/ensemble/txn-book.js';
import { Tally } from '../../../src/testing/sim/tally.js';
import { Device, entry, zxid } from '../support/device.js';

function packet(type: number, at = -1, data: Buffer | null = null): Buffer {
  const writer = new JuteWriter();
  writeQuorumPacket(writer, { type, zxid: at as Zxid, data, authinfo: null });
  return Buffer.from(writer.take());
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

const SNAPSHOT = Buffer.from('anything at all\0\0\0\x01/\0\0\0\x0aBenWasHere', 'latin1');

describe('the stream of a quorum port', () => {
  it('is cut into packets, wherever its chunks end', () => {
    const bytes = Buffer.concat([
      packet(PacketType.SNAP, 7),
      SNAPSHOT,
      packet(PacketType.PROPOSAL, 8, entry(8)),
      packet(PacketType.PING, 8, Buffer.alloc(0)),
      packet(PacketType.UPTODATE),
    ]);
    for (const size of [1, 7, bytes.length]) {
      const heard: SpokenPacket[] = [];
      const stream = new QuorumStream((spoken) => heard.push(spoken));
      for (let at = 0; at < bytes.length; at += size) stream.push(bytes.subarray(at, at + size));
      expect(heard.map(({ type, zxid: at, data }) => [type, at, data?.length ?? null])).toEqual([
        [PacketType.SNAP, 7, null],
        [PacketType.PROPOSAL, 8, 32],
        [PacketType.PING, 8, 0],
        [PacketType.UPTODATE, -1, null],
      ]);
    }
  });
});

describe('the watch over a learner', () => {
  let device: Device;
  let broken: string[];
  let watch: LearnerWatch;

  beforeEach(() => {
    device = new Device();
    broken = [];
    const violated = (rule: string, message: string): void => void broken.push(`${rule}: ${message}`);
    const common = { name: 'server 1', device: device.history, book: new TxnBook(violated) };
    watch = new LearnerWatch({ ...common, count: () => undefined, violated });
  });

  const hears = (...packets: Buffer[]): void => packets.forEach((bytes) => watch.received(bytes));
  const says = (...packets: Buffer[]): void => packets.forEach((bytes) => watch.sent(bytes));
  const proposal = (at: number): Buffer => packet(PacketType.PROPOSAL, at, entry(at));
  const greeted = (): void => {
    hears(packet(PacketType.LEADERINFO, zxid(2, 0), int(0x10000)));
    says(packet(PacketType.ACKEPOCH, zxid(1, 1), int(1)));
  };

  it('is content with one that does everything in its order', async () => {
    await device.log('log.100000001', [entry(zxid(1, 1))]);
    await device.epochs(2, 1);
    greeted();
    hears(packet(PacketType.DIFF, zxid(1, 2)), proposal(zxid(1, 2)), packet(PacketType.COMMIT, zxid(1, 2)));
    hears(proposal(zxid(1, 3)), packet(PacketType.NEWLEADER, zxid(2, 0)));
    await device.log('log.100000001', [entry(zxid(1, 2))]);
    await device.epochs(2, 2);
    says(packet(PacketType.ACK, zxid(2, 0)));
    hears(packet(PacketType.UPTODATE), packet(PacketType.COMMIT, zxid(1, 3)), proposal(zxid(2, 1)));
    await device.log('log.100000001', [entry(zxid(1, 3)), entry(zxid(2, 1))]);
    says(packet(PacketType.ACK, zxid(2, 0)), packet(PacketType.ACK, zxid(1, 3)), packet(PacketType.ACK, zxid(2, 1)));
    expect(broken).toEqual([]);
  });

  it('speaks up when an epoch is accepted, or a history told of, that its device may forget', async () => {
    await device.epochs(1, 1);
    greeted();
    expect(broken).toEqual([
      'an epoch is accepted on the device: server 1 accepts epoch 2, and its device says 1',
      'durable before promised: server 1 says it has (1,1), and its device does not',
    ]);
  });

  it('speaks up when a history is acknowledged that its device may forget, before or after its epoch', async () => {
    await device.log('log.100000001', [entry(zxid(1, 1))]);
    await device.epochs(2, 1);
    greeted();
    hears(packet(PacketType.SNAP, zxid(1, 9)), SNAPSHOT, packet(PacketType.NEWLEADER, zxid(2, 0)));
    says(packet(PacketType.ACK, zxid(2, 0)));
    expect(broken.map((text) => text.split(':')[0])).toEqual([
      'durable before promised',
      'an epoch is entered on the device',
      'one history',
    ]);
  });

  it('speaks up when what was to be cut off is still there', async () => {
    await device.log('log.100000001', [entry(zxid(1, 1))]);
    await device.epochs(2, 2);
    greeted();
    hears(packet(PacketType.TRUNC, zxid(1, 0)), packet(PacketType.NEWLEADER, zxid(2, 0)));
    says(packet(PacketType.ACK, zxid(2, 0)));
    expect(broken).toEqual([
      'one history: server 1 acknowledges epoch 2, and its device has (1,1), which its leader has not',
    ]);
  });

  it('speaks up when anything is out of order', () => {
    hears(proposal(zxid(1, 1)), proposal(zxid(1, 3)), packet(PacketType.COMMIT, zxid(1, 3)));
    says(packet(PacketType.ACK, zxid(1, 3)), packet(PacketType.ACK, zxid(1, 1)));
    expect(broken.map((text) => text.split(':')[0])).toEqual([
      'proposals come one by one',
      'commits are in order',
      'durable before promised',
      'acknowledgements come one by one',
      'durable before promised',
    ]);
  });
});

describe('the watch over a leader', () => {
  async function led() {
    const broken: string[] = [];
    const violated = (rule: string, message: string): void => void broken.push(`${rule}: ${message}`);
    const book = new TxnBook(violated);
    const devices = [new Device(book), new Device(book), new Device(book)];
    const histories = new Map(devices.map(({ history }, at) => [at + 1, history]));
    const electorate = { participants: [1, 2, 3], groups: [], weights: new Map<number, number>() };
    const ground = new QuorumGround({ electorate, devices: histories, book });
    const tally = new Tally();
    const leaders = new Map<number, number>();
    const leadership = (sid: number): Leadership =>
      new Leadership({
        sid,
        name: `server ${sid}`,
        device: histories.get(sid)!,
        ground,
        book,
        leaders,
        count: (what) => tally.count(what),
        established: () => undefined,
        violated,
      });
    const watch = new LeaderWatch(leadership(1));
    const info = Buffer.alloc(20);
    info.writeBigInt64BE(2n, 0);
    watch.received(packet(PacketType.FOLLOWERINFO, 0, info));
    return { broken, devices, ground, tally, leadership, watch };
  }

  const offer = packet(PacketType.LEADERINFO, zxid(1, 0), int(0x10000));

  it('is content with one that asks before it speaks', async () => {
    const { broken, devices, watch, tally } = await led();
    const [own, other] = devices as [Device, Device];
    await own.epochs(1, 0);
    watch.sent(offer);
    watch.received(packet(PacketType.ACKEPOCH, 0, int(0)));
    watch.sent(packet(PacketType.NEWLEADER, zxid(1, 0)));
    for (const device of [own, other]) await device.epochs(1, 1);
    watch.received(packet(PacketType.ACK, zxid(1, 0)));
    watch.sent(packet(PacketType.UPTODATE));
    watch.sent(packet(PacketType.PROPOSAL, zxid(1, 1), entry(zxid(1, 1))));
    for (const device of [own, other]) await device.log('log.100000001', [entry(zxid(1, 1))]);
    watch.sent(packet(PacketType.COMMIT, zxid(1, 1)));
    expect([broken, tally.of('leader established')]).toEqual([[], 1]);
  });

  it('speaks up when nobody was asked', async () => {
    const { broken, ground, watch } = await led();
    ground.toldZxid = zxid(1, 1);
    watch.sent(offer);
    watch.received(packet(PacketType.ACKEPOCH, 0, int(-1)));
    watch.sent(packet(PacketType.NEWLEADER, zxid(1, 0)));
    watch.sent(packet(PacketType.UPTODATE));
    watch.sent(packet(PacketType.PROPOSAL, zxid(1, 1), entry(zxid(1, 1))));
    watch.sent(packet(PacketType.COMMIT, zxid(1, 1)));
    expect(broken.map((text) => text.split(':')[0])).toEqual([
      'an epoch is accepted on the device',
      'a quorum accepts an epoch',
      'a quorum takes a history',
      'a quorum takes a history',
      'an epoch is entered on the device',
      'a leader knows everything',
      'a quorum has what is committed',
    ]);
  });

  it('speaks up when two lead one epoch, and when one transaction is two', async () => {
    const { broken, devices, leadership, watch } = await led();
    for (const device of devices) await device.epochs(1, 1);
    watch.sent(offer);
    watch.received(packet(PacketType.ACKEPOCH, 0, int(0)));
    watch.sent(packet(PacketType.NEWLEADER, zxid(1, 0)));
    watch.sent(packet(PacketType.PROPOSAL, zxid(1, 1), entry(zxid(1, 1))));
    expect(broken).toEqual([]);
    const other = leadership(3);
    other.epochOffered(1);
    other.epochAccepted(2);
    other.leads(1);
    other.proposed(entry(zxid(1, 1), { time: 1 }));
    expect(broken).toEqual([
      'one leader an epoch: server 3 leads epoch 1, as server 1 did',
      'one zxid, one transaction: (1,1) is another one as server 3 says it than it was elsewhere',
    ]);
  });
});
