import type { JuteReader } from '../jute-reader.js';
import type { JuteWriter } from '../jute-writer.js';
import type { Zxid } from '../zxid.js';
import { PacketType } from './packet-type.js';
import type { BytesInPlace } from './packet-writer.js';
import { beginPacket, endPacket } from './packet-writer.js';

const SID_BYTES = 8;

/** COMMITANDACTIVATE: this reconfiguration is committed, and who leads from here on. */
export function writeCommitAndActivate(out: JuteWriter, zxid: Zxid, designatedLeader: number): void {
  beginPacket(out, PacketType.COMMITANDACTIVATE, zxid, SID_BYTES);
  out.long(designatedLeader);
  endPacket(out);
}

/** INFORMANDACTIVATE: the same for an observer, which gets the transaction with it. */
export function writeInformAndActivate(
  out: JuteWriter,
  zxid: Zxid,
  { designatedLeader, entry }: { designatedLeader: number; entry: BytesInPlace },
): void {
  beginPacket(out, PacketType.INFORMANDACTIVATE, zxid, SID_BYTES + entry.end - entry.start);
  out.long(designatedLeader).slice(entry.bytes, entry.start, entry.end);
  endPacket(out);
}

/** The sid that both begin with. Leaves the reader at the transaction. */
export function readDesignatedLeader(reader: JuteReader): number {
  return reader.long();
}
