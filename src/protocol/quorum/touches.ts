import type { JuteReader } from '../jute-reader.js';
import type { JuteWriter } from '../jute-writer.js';
import type { Zxid } from '../zxid.js';
import { PacketType } from './packet-type.js';
import { beginPacket, endPacket } from './packet-writer.js';

const TOUCH_BYTES = 12;

/** A session whose client was heard, and its timeout in ms: long sessionId, int timeout. */
export type Touch = readonly [sessionId: bigint, timeoutMs: number];

/** A learner's answer to a PING, whose zxid it echoes. Nobody heard is empty data, never null: Apache does not expect that. */
export function writePingAnswer(out: JuteWriter, zxid: Zxid, touches: readonly Touch[]): void {
  beginPacket(out, PacketType.PING, zxid, touches.length * TOUCH_BYTES);
  for (const [sessionId, timeoutMs] of touches) out.int64(sessionId).int32(timeoutMs);
  endPacket(out);
}

/** Reads the data of such an answer. Throws MarshallingError when it ends within a touch. */
export function readTouches(reader: JuteReader, touch: (sessionId: bigint, timeoutMs: number) => void): void {
  while (reader.remaining > 0) touch(reader.int64(), reader.int32());
}
