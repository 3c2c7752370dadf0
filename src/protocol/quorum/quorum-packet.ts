import type { Id } from '../acl.js';
import { MarshallingError } from '../errors.js';
import type { JuteReader } from '../jute-reader.js';
import type { JuteWriter } from '../jute-writer.js';
import type { Zxid } from '../zxid.js';

/** int type, long zxid, buffer data, vector<Id> authinfo: everything on a quorum port but snapshots. No outer frame. */
export interface QuorumPacket {
  type: number;
  /** -1 where there is none. */
  zxid: Zxid;
  data: Buffer | null;
  /** Of the client that a REQUEST is from; else null. */
  authinfo: readonly Id[] | null;
}

/** Throws MarshallingError, also for a zxid that no number holds exactly. */
export function readQuorumPacket(reader: JuteReader): QuorumPacket {
  return {
    type: reader.int32(),
    zxid: readExactZxid(reader),
    data: reader.buffer(),
    authinfo: reader.vector(readId),
  };
}

/** Inverse of {@link readQuorumPacket}. */
export function writeQuorumPacket(writer: JuteWriter, packet: QuorumPacket): void {
  writer.int32(packet.type).long(packet.zxid).buffer(packet.data).vector(packet.authinfo, writeId);
}

/** Wire: ustring scheme, ustring id. */
export function readId(reader: JuteReader): Id {
  return { scheme: reader.ustring(), id: reader.ustring() };
}

/** Inverse of {@link readId}. */
export function writeId(writer: JuteWriter, { scheme, id }: Id): void {
  writer.ustring(scheme).ustring(id);
}

/** Throws {@link MarshallingError} for a zxid that no number holds exactly. */
export function readExactZxid(reader: JuteReader): Zxid {
  return exactZxid(reader.zxid());
}

/** An inexact zxid must not be acted on: another one might be acknowledged, or cut back to. */
export function exactZxid(zxid: Zxid): Zxid {
  if (!Number.isSafeInteger(zxid))
    throw new MarshallingError(`zxid 0x${BigInt(zxid).toString(16)} has too high an epoch`);
  return zxid;
}
