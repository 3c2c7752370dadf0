import type { JuteReader } from '../jute-reader.js';
import { JuteWriter } from '../jute-writer.js';
import type { Zxid } from '../zxid.js';
import { readExactZxid } from './quorum-packet.js';

/** ZAB 1.0: in LearnerInfo and in LEADERINFO. */
export const ZAB_PROTOCOL_VERSION = 0x10000;

const PROTOCOL_VERSION_BYTES = 4;
const CONFIG_VERSION_BYTES = 8;

/** long serverid, int protocolVersion, long configVersion: the data of FOLLOWERINFO and OBSERVERINFO. */
export interface LearnerInfo {
  readonly sid: number;
  /** Null: a server older than ZAB 1.0, which sent its id alone. */
  readonly protocolVersion: number | null;
  /** Version of its configuration; null from 3.4. */
  readonly configVersion: Zxid | null;
}

/** Takes 8, 12 or 20 bytes: what old servers do not send is null. */
export function readLearnerInfo(reader: JuteReader): LearnerInfo {
  return {
    sid: reader.long(),
    protocolVersion: reader.remaining >= PROTOCOL_VERSION_BYTES ? reader.int32() : null,
    configVersion: reader.remaining >= CONFIG_VERSION_BYTES ? readExactZxid(reader) : null,
  };
}

/** Inverse of {@link readLearnerInfo}: 8, 12 or 20 bytes, ending before the first field that is null. */
export function encodeLearnerInfo({ sid, protocolVersion, configVersion }: LearnerInfo): Buffer {
  const writer = new JuteWriter(20).long(sid);
  if (protocolVersion !== null) writer.int32(protocolVersion);
  if (protocolVersion !== null && configVersion !== null) writer.long(configVersion);
  return writer.take();
}
