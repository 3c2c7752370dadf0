import type { JuteReader } from '../jute-reader.js';

/** long sessionId, int cxid, int opcode */
export const REQUEST_HEAD_BYTES = 16;

/** What stands before the request's own record in the data of a REQUEST (quorum-protocol 3.11). */
export interface ForwardedRequest {
  readonly sessionId: bigint;
  readonly cxid: number;
  readonly opcode: number;
}

/** Leaves the reader at the request's record. */
export function readForwardedRequest(reader: JuteReader): ForwardedRequest {
  return { sessionId: reader.int64(), cxid: reader.int32(), opcode: reader.int32() };
}
