import { adler32 } from '../../protocol/checksum.js';
import { JuteReader } from '../../protocol/jute-reader.js';
import type { JuteWriter } from '../../protocol/jute-writer.js';
import type { Zxid } from '../../protocol/zxid.js';

/** "ZKLG", int version, long dbid: the start of every log file (storage-format 2.1). */
export const LOG_HEADER_BYTES = 16;
export const LOG_MAGIC = 0x5a4b4c47;
export const LOG_VERSION = 2;

/** long checksum, int length: before every entry (storage-format 2.2). */
export const RECORD_HEAD_BYTES = 12;
/** After every entry. */
export const RECORD_END = 0x42;
export const RECORD_END_BYTES = 1;
/** What a record is longer than its entry. */
export const RECORD_OVERHEAD_BYTES = RECORD_HEAD_BYTES + RECORD_END_BYTES;

/** Where the zxid lies in an entry: behind long clientId and int cxid. */
const ZXID_OFFSET = 12;

export function zxidOfEntry(entry: Buffer): Zxid {
  return new JuteReader(entry, ZXID_OFFSET).zxid();
}

export function logHeader(): Buffer {
  const header = Buffer.alloc(LOG_HEADER_BYTES);
  header.writeInt32BE(LOG_MAGIC, 0);
  header.writeInt32BE(LOG_VERSION, 4);
  return header;
}

/** Leaves room for a record's head; the entry is written next. Returns what {@link endRecord} wants. */
export function beginRecord(writer: JuteWriter): number {
  const at = writer.length;
  writer.long(0).int32(0);
  return at;
}

export function endRecord(writer: JuteWriter, at: number): void {
  const from = at + RECORD_HEAD_BYTES;
  writer.patchLong(at, adler32(writer.store, 1, { from, to: writer.length }));
  writer.patchInt32(at + 8, writer.length - from);
  writer.int8(RECORD_END);
}
