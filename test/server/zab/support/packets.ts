import { JuteWriter } from '../../../../src/protocol/jute-writer.js';
import { encodeAckEpoch } from '../../../../src/protocol/quorum/epoch-data.js';
import { encodeLearnerInfo, ZAB_PROTOCOL_VERSION } from '../../../../src/protocol/quorum/learner-info.js';
import { PacketSplitter } from '../../../../src/protocol/quorum/packet-splitter.js';
import { PacketType, packetTypeName } from '../../../../src/protocol/quorum/packet-type.js';
import type { PacketView } from '../../../../src/protocol/quorum/packet-view.js';
import { writePacketWithData } from '../../../../src/protocol/quorum/packet-writer.js';
import { counterOf, epochOf, makeZxid, type Zxid } from '../../../../src/protocol/zxid.js';
import { entryOf, type Entry, type EntryInPlace } from '../../../../src/server/zab/entry.js';

export const NO_ZXID = -1 as Zxid;

/** What a test says to a learner or a leader. */
export interface Said {
  readonly type: number;
  readonly zxid: Zxid;
  readonly data?: Buffer | null;
}

/** Hands it over where it lies in bytes of its own, which mean nothing any more afterwards. */
export function handOver({ type, zxid, data = null }: Said, take: (packet: PacketView) => void): void {
  const writer = new JuteWriter();
  writePacketWithData(writer, type, zxid, data);
  const bytes = writer.take();
  new PacketSplitter({ fieldBytesMax: 1_000_000 }).push(bytes, (packet) => {
    take(packet);
    return true;
  });
  bytes.fill(0xee);
}

/** `1.5`: epoch 1, counter 5. */
export function zxid(text: string): Zxid {
  const [epoch, counter] = text.split('.');
  return makeZxid(Number(epoch), Number(counter));
}

export function zxidText(value: Zxid): string {
  return value < 0 ? '-' : `${epochOf(value)}.${counterOf(value)}`;
}

export function packetText(type: number, value: Zxid): string {
  return value < 0 ? packetTypeName(type) : `${packetTypeName(type)} ${zxidText(value)}`;
}

export function entry(text: string): Entry {
  return entryOf(zxid(text), Buffer.from(text));
}

/** One that is nobody else's. */
export function ownCopy({ zxid: at, bytes, start, end }: EntryInPlace): Entry {
  return entryOf(at, Buffer.from(bytes.subarray(start, end)));
}

/** `1.1` to `1.n` and so on: as many of each epoch as are wanted. */
export function entries(counts: Readonly<Record<number, number>>): Entry[] {
  return Object.entries(counts).flatMap(([epoch, count]) =>
    Array.from({ length: count }, (_, index) => entry(`${epoch}.${index + 1}`)),
  );
}

export function inPlace({ zxid: at, bytes }: Entry): EntryInPlace {
  const around = Buffer.concat([Buffer.from('<<'), bytes, Buffer.from('>>')]);
  return { zxid: at, bytes: around, start: 2, end: around.length - 2 };
}

export interface WhoComes {
  readonly acceptedEpoch?: number;
  readonly isObserver?: boolean;
  readonly configVersion?: Zxid | null;
  readonly protocolVersion?: number | null;
}

export function learnerInfo(sid: number, who: WhoComes = {}): Said {
  const { acceptedEpoch = 0, isObserver = false, configVersion = makeZxid(0, 0) } = who;
  const { protocolVersion = ZAB_PROTOCOL_VERSION } = who;
  return {
    type: isObserver ? PacketType.OBSERVERINFO : PacketType.FOLLOWERINFO,
    zxid: makeZxid(acceptedEpoch, 0),
    data: encodeLearnerInfo({ sid, protocolVersion, configVersion }),
  };
}

export function ackEpoch(last: string, currentEpoch: number): Said {
  return { type: PacketType.ACKEPOCH, zxid: zxid(last), data: encodeAckEpoch(currentEpoch) };
}

export function ack(text: string): Said {
  return { type: PacketType.ACK, zxid: zxid(text) };
}

export function textOf({ bytes, start, end }: Entry): string {
  return bytes.toString('utf8', start, end);
}
