import { JuteReader } from '../../../../src/protocol/jute-reader.js';
import { PacketType } from '../../../../src/protocol/quorum/packet-type.js';
import { readQuorumPacket, type QuorumPacket } from '../../../../src/protocol/quorum/quorum-packet.js';
import { counterOf, epochOf, makeZxid, type Zxid } from '../../../../src/protocol/zxid.js';
import { entryOf, type Entry } from '../../../../src/server/zab/entry.js';
import { quorumFiles, readQuorumRows } from '../../../vectors/support/quorum-rows.js';
import { packetText } from './packets.js';

export interface RecordedPacket extends QuorumPacket {
  readonly seq: number;
  readonly conn: number;
  /** By the leader, or whoever stands in for it. */
  readonly isFromLeader: boolean;
  readonly isDelivered: boolean;
}

/** One learner's connection, from the first packet to the last. */
export interface RecordedSync {
  readonly name: string;
  readonly sid: number;
  readonly isObserver: boolean;
  readonly acceptedEpoch: number;
  readonly epoch: number;
  readonly last: Zxid;
  /** As it was told in ACKEPOCH; -1: it had accepted the epoch before. */
  readonly currentEpoch: number;
  readonly packets: readonly RecordedPacket[];
  /** What the leader had committed when it decided how to bring the learner up to date. */
  readonly history: readonly Entry[];
  /** The first packet of it. */
  readonly decision: RecordedPacket;
}

/** All connections that were recorded from their beginning up to UPTODATE. */
export function recordedSyncs(): RecordedSync[] {
  return quorumFiles().flatMap((scenario) => {
    const packets = packetsOf(scenario);
    const conns = [...new Set(packets.map(({ conn }) => conn))];
    return conns.flatMap((conn) => syncOf(scenario, { conn, packets }) ?? []);
  });
}

export function textOf({ type, zxid }: QuorumPacket): string {
  return packetText(type, zxid);
}

function packetsOf(scenario: string): RecordedPacket[] {
  return readQuorumRows(scenario)
    .filter(({ port, decoded }) => port === 'quorum' && decoded.kind === 'QuorumPacket')
    .map(({ hex, seq, conn, from, initiator, delivered }) => ({
      ...readQuorumPacket(new JuteReader(Buffer.from(hex, 'hex'))),
      ...{ seq, conn, isFromLeader: from !== initiator, isDelivered: delivered !== false },
    }));
}

function syncOf(
  scenario: string,
  { conn, packets: all }: { conn: number; packets: readonly RecordedPacket[] },
): RecordedSync | null {
  const packets = all.filter((packet) => packet.conn === conn);
  const find = (...types: number[]) => packets.find(({ type }) => types.includes(type));
  const info = find(PacketType.FOLLOWERINFO, PacketType.OBSERVERINFO);
  const [ackEpoch, leaderInfo] = [find(PacketType.ACKEPOCH), find(PacketType.LEADERINFO)];
  const decision = find(PacketType.DIFF, PacketType.TRUNC, PacketType.SNAP);
  if (!info || !ackEpoch || !leaderInfo || !decision || !find(PacketType.UPTODATE)) return null;
  return {
    name: `${scenario}, connection ${conn}`,
    sid: new JuteReader(info.data!).long(),
    isObserver: info.type === PacketType.OBSERVERINFO,
    acceptedEpoch: epochOf(info.zxid),
    epoch: epochOf(leaderInfo.zxid),
    last: ackEpoch.zxid,
    currentEpoch: new JuteReader(ackEpoch.data!).int32(),
    packets,
    history: historyAt(all, { decision, peer: ackEpoch.zxid }),
    decision,
  };
}

/** Up to the last that was committed then. Of what went over the wire before the recording began only the zxid is known. */
function historyAt(
  all: readonly RecordedPacket[],
  { decision, peer }: { decision: RecordedPacket; peer: Zxid },
): Entry[] {
  const bytes = new Map<Zxid, Buffer>();
  const lengths = new Map<number, number>();
  const isKnown = (zxid: Zxid) => {
    if (zxid > decision.zxid) return;
    lengths.set(epochOf(zxid), Math.max(lengths.get(epochOf(zxid)) ?? 0, counterOf(zxid)));
  };
  isKnown(decision.zxid);
  // What a learner has that gets a DIFF is a part of it.
  if (decision.type === PacketType.DIFF) isKnown(peer);
  for (const { type, zxid, data, seq, isDelivered } of all) {
    if (type === PacketType.PROPOSAL) bytes.set(zxid, data!);
    if (ENTRIES.has(type) && seq <= decision.seq && isDelivered) isKnown(zxid);
  }
  return [...lengths]
    .sort(([a], [b]) => a - b)
    .flatMap(([epoch, length]) => {
      // Of millions before a rollover the last ones do.
      const first = Math.max(length - 600, 0);
      return Array.from({ length: length - first }, (_, index) => makeZxid(epoch, first + index + 1));
    })
    .map((zxid) => entryOf(zxid, bytes.get(zxid) ?? Buffer.alloc(0)));
}

const ENTRIES = new Set<number>([PacketType.PROPOSAL, PacketType.COMMIT, PacketType.INFORM]);
