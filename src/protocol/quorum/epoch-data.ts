import type { JuteReader } from '../jute-reader.js';
import { JuteWriter } from '../jute-writer.js';
import { ZAB_PROTOCOL_VERSION } from './learner-info.js';

/** In an ACKEPOCH: this epoch had been accepted before, which does not count as a promise. */
export const EPOCH_KNOWN = -1;

/** The data of an ACKEPOCH: int epoch, the current one of who answers, or {@link EPOCH_KNOWN}. */
export function readAckEpoch(reader: JuteReader): number {
  return reader.int32();
}

/** Inverse of {@link readAckEpoch}: 4 bytes. */
export function encodeAckEpoch(epoch: number): Buffer {
  return new JuteWriter(4).int32(epoch).take();
}

/** The data of a LEADERINFO: int protocolVersion. */
export function readLeaderProtocolVersion(reader: JuteReader): number {
  return reader.int32();
}

/** Inverse of {@link readLeaderProtocolVersion}: 4 bytes. */
export function encodeLeaderInfo(protocolVersion = ZAB_PROTOCOL_VERSION): Buffer {
  return new JuteWriter(4).int32(protocolVersion).take();
}
