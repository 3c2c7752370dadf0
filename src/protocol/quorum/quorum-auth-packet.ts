import { MarshallingError } from '../errors.js';
import type { JuteReader } from '../jute-reader.js';
import type { JuteWriter } from '../jute-writer.js';

/** Begins every such packet, and no packet or message of another kind. */
export const QUORUM_AUTH_MAGIC = 0x5f2435013501edccn;

/** Values of `status`. */
export const QuorumAuthStatus = { IN_PROGRESS: 0, SUCCESS: 1, ERROR: -1 } as const;

/** long magic, int status, buffer token: SASL between servers (quorum-protocol 3.16) */
export interface QuorumAuthPacket {
  readonly status: number;
  readonly token: Buffer | null;
}

/** Throws {@link MarshallingError} for another magic. */
export function readQuorumAuthPacket(reader: JuteReader): QuorumAuthPacket {
  const magic = reader.int64();
  if (magic !== QUORUM_AUTH_MAGIC)
    throw new MarshallingError(`magic ${magic.toString(16)} is not that of SASL packets`);
  return { status: reader.int32(), token: reader.buffer() };
}

/** Inverse of {@link readQuorumAuthPacket}; puts the magic in front. */
export function writeQuorumAuthPacket(writer: JuteWriter, { status, token }: QuorumAuthPacket): void {
  writer.int64(QUORUM_AUTH_MAGIC).int32(status).buffer(token);
}
