import type { Id } from '../acl.js';
import type { JuteWriter } from '../jute-writer.js';
import type { Zxid } from '../zxid.js';
import { REQUEST_HEAD_BYTES } from './forwarded-request.js';
import { PacketType } from './packet-type.js';
import { writeId } from './quorum-packet.js';

/** The zxid of a packet that has none. */
export const NO_ZXID = -1 as Zxid;

/** Bytes in place, from `start` up to `end`. */
export interface BytesInPlace {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** A packet without data: ACK, COMMIT, SYNC, UPTODATE, DIFF ..., and the leader's PING. */
export function writePacket(out: JuteWriter, type: number, zxid: Zxid): void {
  out.int32(type).long(zxid).int32(-1).int32(-1);
}

/** A packet with data and without authinfo; null and empty data are different. */
export function writePacketWithData(out: JuteWriter, type: number, zxid: Zxid, data: Uint8Array | null): void {
  out.int32(type).long(zxid).buffer(data).int32(-1);
}

/** Begins a packet whose data, of so many bytes, the caller writes next; then {@link endPacket}. */
export function beginPacket(out: JuteWriter, type: number, zxid: Zxid, dataBytes: number): void {
  out.int32(type).long(zxid).int32(dataBytes);
}

/** Writes the null authinfo behind the data of {@link beginPacket}. */
export function endPacket(out: JuteWriter): void {
  out.int32(-1);
}

/** PROPOSAL or INFORM: the entry as it stands in the log. */
export function writeEntryPacket(out: JuteWriter, type: number, zxid: Zxid, entry: BytesInPlace): void {
  out.int32(type).long(zxid);
  out
    .int32(entry.end - entry.start)
    .slice(entry.bytes, entry.start, entry.end)
    .int32(-1);
}

/** A client's request on its way to the leader. */
export interface RequestToForward {
  readonly sessionId: bigint;
  readonly cxid: number;
  readonly opcode: number;
  /** The record as the client sent it, without its header; null: it has none. */
  readonly body: BytesInPlace | null;
  /** Whom the client has shown itself to be; null for a request that no client made. */
  readonly authinfo: readonly Id[] | null;
}

/** REQUEST: long sessionId, int cxid, int type, the record; then the client's identities as authinfo. */
export function writeRequestPacket(out: JuteWriter, request: RequestToForward): void {
  const { body } = request;
  out.int32(PacketType.REQUEST).long(NO_ZXID);
  out.int32(REQUEST_HEAD_BYTES + (body === null ? 0 : body.end - body.start));
  out.int64(request.sessionId).int32(request.cxid).int32(request.opcode);
  if (body !== null) out.slice(body.bytes, body.start, body.end);
  out.vector(request.authinfo, writeId);
}
