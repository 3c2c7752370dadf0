import type { JuteReader } from '../jute-reader.js';
import type { JuteWriter } from '../jute-writer.js';
import { PacketType } from './packet-type.js';
import { beginPacket, endPacket, NO_ZXID } from './packet-writer.js';

/** A client has come to another server with a session: does it live? long sessionId, int timeout */
export interface RevalidateRequest {
  readonly sessionId: bigint;
  readonly timeoutMs: number;
}

/** long sessionId, bool valid */
export interface RevalidateAnswer {
  readonly sessionId: bigint;
  readonly isValid: boolean;
}

/** The data of a REVALIDATE from a learner: long sessionId, int timeout. */
export function readRevalidateRequest(reader: JuteReader): RevalidateRequest {
  return { sessionId: reader.int64(), timeoutMs: reader.int32() };
}

/** The whole packet, of a learner. */
export function writeRevalidateRequest(out: JuteWriter, { sessionId, timeoutMs }: RevalidateRequest): void {
  beginPacket(out, PacketType.REVALIDATE, NO_ZXID, 12);
  out.int64(sessionId).int32(timeoutMs);
  endPacket(out);
}

/** The data of a REVALIDATE from the leader: long sessionId, bool valid. */
export function readRevalidateAnswer(reader: JuteReader): RevalidateAnswer {
  return { sessionId: reader.int64(), isValid: reader.bool() };
}

/** The whole packet, of the leader. */
export function writeRevalidateAnswer(out: JuteWriter, { sessionId, isValid }: RevalidateAnswer): void {
  beginPacket(out, PacketType.REVALIDATE, NO_ZXID, 9);
  out.int64(sessionId).bool(isValid);
  endPacket(out);
}
