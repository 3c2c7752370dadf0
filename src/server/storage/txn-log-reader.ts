import { adler32 } from '../../protocol/checksum.js';
import type { Disk, ReadFile } from './disk.js';
import {
  LOG_HEADER_BYTES,
  LOG_MAGIC,
  LOG_VERSION,
  RECORD_END,
  RECORD_END_BYTES,
  RECORD_HEAD_BYTES,
  RECORD_OVERHEAD_BYTES,
} from './log-format.js';
import { StorageError } from './storage-error.js';

const WINDOW_BYTES = 1024 * 1024;
/** What a device writes whole or not at all. */
const SECTOR_BYTES = 512;
/** A transaction's header alone. */
const ENTRY_BYTES_MIN = 32;

/** How a log file ends (storage-format 2.5). */
export interface LogEnd {
  /**
   * - `clean`: with its last record; `padding`: with zeros behind it;
   * - `torn`: with the beginning of a record whose write a crash interrupted, so that nobody was told of it;
   * - `unstarted`: before its header was complete.
   */
  readonly kind: 'clean' | 'padding' | 'torn' | 'unstarted';
  /** Behind the last whole record. */
  readonly offset: number;
}

/** Called for each record in order; false stops reading. The entry is a view, valid during the call only. */
export type RecordVisitor = (entry: Buffer, offset: number) => boolean;

export interface LogSource {
  readonly disk: Disk;
  readonly path: string;
  /** Of all log files. Only at the very end may something be missing without anything acknowledged being lost. */
  readonly isLast: boolean;
  /** Longest entry that other servers read. */
  readonly entryBytesMax: number;
}

/** Reads a log file's records. Rejects with a StorageError naming file and offset on what no crash can explain. */
export async function readLog(source: LogSource, visit: RecordVisitor): Promise<LogEnd> {
  const file = await source.disk.openForRead(source.path);
  try {
    return await new LogScan(source, file, await file.sizeBytes()).run(visit);
  } finally {
    await file.close();
  }
}

/** A record that lies in the window with all its bytes. */
interface WholeRecord {
  readonly checksumIsRight: boolean;
  readonly entry: Buffer;
}

class LogScan {
  private readonly source: LogSource;
  private readonly file: ReadFile;
  private readonly size: number;
  private window: Buffer;
  /** The part of the file that the window holds. */
  private from = 0;
  private to = 0;

  constructor(source: LogSource, file: ReadFile, size: number) {
    this.source = source;
    this.file = file;
    this.size = size;
    this.window = Buffer.allocUnsafeSlow(Math.min(WINDOW_BYTES, size));
  }

  async run(visit: RecordVisitor): Promise<LogEnd> {
    if (!(await this.header())) return { kind: 'unstarted', offset: 0 };
    for (let offset = LOG_HEADER_BYTES; ;) {
      const intact = this.intactInWindow(offset);
      if (intact !== null) {
        if (!visit(intact, offset)) return { kind: 'clean', offset };
        offset += intact.length + RECORD_OVERHEAD_BYTES;
        continue;
      }
      const record = await this.record(offset);
      if (record === 'torn' || record === 'padding') await this.refuseIfRecordsFollow(offset);
      if (typeof record === 'string') return { kind: record, offset };
      if (!record.checksumIsRight) {
        if (await this.isUnwritten(record, offset)) return { kind: 'torn', offset };
        throw await this.badChecksum(record, offset);
      }
      if (record.entry.length < ENTRY_BYTES_MIN) {
        throw this.corrupt(offset, `a record of ${record.entry.length} bytes is too short for a transaction`);
      }
      if (!visit(record.entry, offset)) return { kind: 'clean', offset };
      offset += record.entry.length + RECORD_OVERHEAD_BYTES;
    }
  }

  /** False when the file was being created when a crash came. */
  private async header(): Promise<boolean> {
    const bytes = await this.load(0, Math.min(LOG_HEADER_BYTES, this.size));
    if (bytes.length < LOG_HEADER_BYTES) {
      if (this.source.isLast) return false;
      throw this.corrupt(0, 'the file ends within its header, but later logs exist');
    }
    const magic = bytes.readInt32BE(0);
    const version = bytes.readInt32BE(4);
    if (magic !== LOG_MAGIC) {
      // Its zeros may reach the device before its header does.
      if (this.source.isLast && (await this.isZero(0, this.size))) return false;
      throw this.corrupt(0, `this is no transaction log: it begins with 0x${hex32(magic)}, not 0x${hex32(LOG_MAGIC)}`);
    }
    if (version !== LOG_VERSION) throw this.corrupt(4, `format version ${version} is not known`);
    return true;
  }

  /** Nearly every record: an intact one that lies in the window, looked at without a wait. Null: it is to be looked at closely. */
  private intactInWindow(offset: number): Buffer | null {
    const { window, to } = this;
    if (offset < this.from || offset + RECORD_HEAD_BYTES > to) return null;
    const at = offset - this.from;
    const length = window.readInt32BE(at + 8);
    const end = at + RECORD_HEAD_BYTES + length;
    if (length < ENTRY_BYTES_MIN || end + RECORD_END_BYTES > to - this.from) return null;
    if (window[end] !== RECORD_END || window.readInt32BE(at) !== 0) return null;
    const sum = adler32(window, 1, { from: at + RECORD_HEAD_BYTES, to: end });
    return window.readUInt32BE(at + 4) === sum ? window.subarray(at + RECORD_HEAD_BYTES, end) : null;
  }

  /** The record at an offset, or how the file ends there. */
  private async record(offset: number): Promise<WholeRecord | 'clean' | 'padding' | 'torn'> {
    const left = this.size - offset;
    if (left === 0) return 'clean';
    if (left < RECORD_HEAD_BYTES) return 'torn';
    const head = await this.load(offset, RECORD_HEAD_BYTES);
    const checksumHigh = head.readUInt32BE(0);
    const checksumLow = head.readUInt32BE(4);
    const length = head.readInt32BE(8);
    if (length === 0) return 'padding';
    if (length < 0) throw this.corrupt(offset + 8, `a record has length ${length}`);
    const total = length + RECORD_OVERHEAD_BYTES;
    if (total > left) {
      if (length > this.source.entryBytesMax) {
        throw this.corrupt(offset + 8, `a record has length ${length}, more than the file and than any transaction`);
      }
      return 'torn';
    }
    const bytes = await this.load(offset, total);
    if (bytes[total - RECORD_END_BYTES] !== RECORD_END) return 'torn';
    const entry = bytes.subarray(RECORD_HEAD_BYTES, total - RECORD_END_BYTES);
    return { checksumIsRight: checksumHigh === 0 && checksumLow === adler32(entry), entry };
  }

  /**
   * A wrong checksum means damage, except where a crash interrupted the last write: sectors of one write reach the
   * device in any order, so a record may have its end but lack its beginning or a sector in between, and the zeros
   * that were there before show. Such a record was never acknowledged. Only believed of the very last one.
   */
  private async isUnwritten(record: WholeRecord, offset: number): Promise<boolean> {
    if (!this.source.isLast) return false;
    const end = offset + record.entry.length + RECORD_OVERHEAD_BYTES;
    const headMissing = await this.isZero(offset, RECORD_HEAD_BYTES - 4);
    if (!headMissing && !(await this.hasZeroSector(offset, end))) return false;
    return !(await this.isFollowed(end));
  }

  private async hasZeroSector(from: number, to: number): Promise<boolean> {
    const first = Math.ceil(from / SECTOR_BYTES) * SECTOR_BYTES;
    for (let at = first; at + SECTOR_BYTES <= to; at += SECTOR_BYTES) {
      if (await this.isZero(at, SECTOR_BYTES)) return true;
    }
    return false;
  }

  /** Whether a whole, right record begins at an offset. */
  private async isFollowed(offset: number): Promise<boolean> {
    try {
      const record = await this.record(offset);
      return typeof record !== 'string' && record.checksumIsRight && record.entry.length >= ENTRY_BYTES_MIN;
    } catch (error) {
      if (error instanceof StorageError) return false;
      throw error;
    }
  }

  /**
   * A damaged length or end byte looks like the end of the file. Where intact records follow it is none, and what they
   * say was, as far as anybody can tell, acknowledged. Earlier files need no such look: the next one's first
   * transaction tells.
   */
  private async refuseIfRecordsFollow(offset: number): Promise<void> {
    if (!this.source.isLast) return;
    const next = await this.nextIntact(offset + 1);
    if (next === null) return;
    throw this.corrupt(
      offset,
      `there is no whole record here, but an intact one at byte ${next}: this is damage, or a power failure lost the ` +
        'middle of a group of transactions that nobody had been told of',
    );
  }

  /** Where the first intact record at or behind an offset begins; null when there is none. */
  private async nextIntact(offset: number): Promise<number | null> {
    for (let at = offset; at + RECORD_HEAD_BYTES <= this.size;) {
      const window = await this.load(at, Math.min(this.size - at, WINDOW_BYTES));
      const candidate = candidateIn(window);
      if (candidate === null) {
        // The head of a record may lie across the windows.
        at += Math.max(window.length - RECORD_HEAD_BYTES + 1, 1);
      } else {
        if (await this.isFollowed(at + candidate)) return at + candidate;
        at += candidate + 1;
      }
    }
    return null;
  }

  private async badChecksum(record: WholeRecord, offset: number): Promise<StorageError> {
    const bytes = record.entry.length + RECORD_OVERHEAD_BYTES;
    const followed = await this.isFollowed(offset + bytes);
    return this.corrupt(
      offset,
      `the checksum of a record of ${bytes} bytes is wrong, and ${followed ? 'an intact record follows' : 'no intact record follows'}`,
    );
  }

  private async isZero(from: number, bytes: number): Promise<boolean> {
    for (let at = from; at < from + bytes;) {
      const piece = await this.load(at, Math.min(from + bytes - at, WINDOW_BYTES));
      if (piece.some((byte) => byte !== 0)) return false;
      at += piece.length;
    }
    return true;
  }

  /** A part of the file that exists, as a view of the window. */
  private async load(offset: number, bytes: number): Promise<Buffer> {
    if (offset < this.from || offset + bytes > this.to) {
      if (bytes > this.window.length) this.window = Buffer.allocUnsafeSlow(bytes);
      const there = await this.file.read(this.window, offset);
      if (there < bytes) throw this.corrupt(offset + there, 'the file became shorter while it was read');
      this.from = offset;
      this.to = offset + there;
    }
    return this.window.subarray(offset - this.from, offset - this.from + bytes);
  }

  private corrupt(offset: number, what: string): StorageError {
    return new StorageError({
      code: 'CORRUPT',
      file: this.source.path,
      offset,
      what,
      advice:
        'Restore the directory from a backup or another server; cutting the file there loses all transactions from that point on',
    });
  }
}

/** The first offset at which a record might begin: its checksum has 32 bits, and it has a possible length. */
function candidateIn(bytes: Buffer): number | null {
  const last = bytes.length - RECORD_HEAD_BYTES;
  for (let at = 0; at <= last; at += 1) {
    if (bytes[at] !== 0 || bytes.readUInt32BE(at) !== 0) continue;
    if (bytes.readInt32BE(at + 8) >= ENTRY_BYTES_MIN) return at;
  }
  return null;
}

function hex32(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}
