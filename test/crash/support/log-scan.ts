import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

// Reads the log files with nothing of the server's own code: what it says about itself is what is being examined.

const FILE_HEADER_BYTES = 16;
const RECORD_HEAD_BYTES = 12;
const RECORD_END = 0x42;
/** long clientId, int cxid, long zxid, long time, int type. */
const ZXID_OFFSET = 12;
/** int version, long digest: behind the transaction. */
const DIGEST_BYTES = 12;
const DIGEST_VERSION = 2;

export interface LogScan {
  /** Of the last whole record. */
  readonly lastZxid: number;
  /** The tree's digest after each transaction, as logged. */
  readonly digests: ReadonlyMap<number, bigint>;
  /** Where each whole record lies, oldest first. */
  readonly records: readonly { readonly file: string; readonly offset: number }[];
}

/** All whole records of all logs, which must follow each other without a gap. */
export function scanLogs(directory: string): LogScan {
  const names = readdirSync(directory).filter((name) => /^log\.[0-9a-f]+$/.test(name));
  names.sort((a, b) => Number.parseInt(a.slice(4), 16) - Number.parseInt(b.slice(4), 16));
  const digests = new Map<number, bigint>();
  let lastZxid = 0;
  const records: { file: string; offset: number }[] = [];
  for (const { name, bytes } of readLogs(directory, names)) {
    const file = join(directory, name);
    for (const { entry, offset } of wholeRecords(bytes)) {
      const zxid = Number(entry.readBigInt64BE(ZXID_OFFSET));
      if (lastZxid !== 0 && zxid !== lastZxid + 1) {
        throw new Error(`${name}: transaction 0x${zxid.toString(16)} follows 0x${lastZxid.toString(16)}`);
      }
      lastZxid = zxid;
      records.push({ file, offset });
      const digestAt = entry.length - DIGEST_BYTES;
      if (entry.readInt32BE(digestAt) !== DIGEST_VERSION) throw new Error(`${name}: a record has no digest`);
      digests.set(zxid, entry.readBigUInt64BE(digestAt + 4));
    }
  }
  return { lastZxid, digests, records };
}

/**
 * A living server may remove its oldest logs meanwhile, the oldest first. So the newest is read first: once one has gone, all
 * that are older have, too. Any other that is missing shows as a gap.
 */
export function readLogs(directory: string, names: readonly string[]): { name: string; bytes: Buffer }[] {
  const logs: { name: string; bytes: Buffer }[] = [];
  for (const name of [...names].reverse()) {
    const bytes = readUnlessGone(join(directory, name));
    if (bytes === null) {
      const older = names.slice(0, names.indexOf(name)).filter((each) => existsSync(join(directory, each)));
      if (older.length > 0) throw new Error(`${name} has gone, and older ones are there: ${older.join(', ')}`);
      break;
    }
    logs.unshift({ name, bytes });
  }
  return logs;
}

function readUnlessGone(file: string): Buffer | null {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function* wholeRecords(file: Buffer): Generator<{ entry: Buffer; offset: number }> {
  for (let at = FILE_HEADER_BYTES; at + RECORD_HEAD_BYTES <= file.length;) {
    const length = file.readInt32BE(at + 8);
    const end = at + RECORD_HEAD_BYTES + length;
    if (length <= 0 || end >= file.length || file[end] !== RECORD_END) return;
    const entry = file.subarray(at + RECORD_HEAD_BYTES, end);
    if (BigInt(adler32(entry)) !== file.readBigUInt64BE(at)) return;
    yield { entry, offset: at };
    at = end + 1;
  }
}

function adler32(bytes: Buffer): number {
  let low = 1;
  let high = 0;
  for (const byte of bytes) {
    low = (low + byte) % 65521;
    high = (high + low) % 65521;
  }
  return high * 65536 + low;
}
