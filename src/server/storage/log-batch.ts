import { JuteWriter } from '../../protocol/jute-writer.js';
import type { Zxid } from '../../protocol/zxid.js';
import { RECORD_OVERHEAD_BYTES, beginRecord, endRecord } from './log-format.js';

/** A buffer that grew beyond this is given back after its group. */
const BYTES_KEPT = 1024 * 1024;
const BYTES_INITIAL = 64 * 1024;

/** Records of one group that go to one file. */
interface Segment {
  readonly from: number;
  readonly firstZxid: Zxid;
  readonly startsFile: boolean;
}

/** One such run of records, ready to be written. */
export interface BatchPiece {
  /** Valid until the batch is cleared. */
  readonly bytes: Buffer;
  readonly firstZxid: Zxid;
  /** It begins a new file. */
  readonly startsFile: boolean;
}

/** The records that one write and one sync will bring to the device. */
export class LogBatch {
  private writer = new JuteWriter(BYTES_INITIAL);
  private segments: Segment[] = [];
  private count = 0;
  private recordAt = 0;

  get txns(): number {
    return this.count;
  }

  get bytes(): number {
    return this.writer.length;
  }

  /** Starts a record: its entry is written next, then {@link end} or {@link cancel} called. */
  begin(): JuteWriter {
    this.recordAt = beginRecord(this.writer);
    return this.writer;
  }

  /** Drops the record that was started. */
  cancel(): void {
    this.writer.truncate(this.recordAt);
  }

  /** Keeps the record that was started, and returns its bytes; 0, and it is dropped, when its entry is too long. */
  end(zxid: Zxid, startsFile: boolean, entryBytesMax: number): number {
    endRecord(this.writer, this.recordAt);
    const bytes = this.writer.length - this.recordAt;
    if (bytes - RECORD_OVERHEAD_BYTES > entryBytesMax) {
      this.cancel();
      return 0;
    }
    if (startsFile || this.segments.length === 0) {
      this.segments.push({ from: this.recordAt, firstZxid: zxid, startsFile });
    }
    this.count += 1;
    return bytes;
  }

  /** Goes on in the file at hand, in one piece. */
  get isOnePiece(): boolean {
    return this.segments.length === 1 && !this.segments[0]!.startsFile;
  }

  /** Everything: valid until the batch is cleared. */
  all(): Buffer {
    return this.writer.view();
  }

  *pieces(): Generator<BatchPiece> {
    const all = this.writer.view();
    for (const [index, { from, firstZxid, startsFile }] of this.segments.entries()) {
      yield { bytes: all.subarray(from, this.segments[index + 1]?.from), firstZxid, startsFile };
    }
  }

  /** Ready to be filled anew. */
  clear(): void {
    if (this.writer.length > BYTES_KEPT) this.writer = new JuteWriter(BYTES_INITIAL);
    this.writer.truncate(0);
    this.segments = [];
    this.count = 0;
  }
}
