import type { Zxid } from '../../protocol/zxid.js';
import type { ChangeRecord } from './change-record.js';

/** Entries taken from the front before the queue is cut. */
const SLACK = 1024;

/** Which records which transactions change, in order, until they are applied. */
export class ChangeQueue {
  private records: ChangeRecord[] = [];
  private zxids: Zxid[] = [];
  /** The first entry left. */
  private head = 0;

  get size(): number {
    return this.records.length - this.head;
  }

  push(record: ChangeRecord, zxid: Zxid): void {
    this.records.push(record);
    this.zxids.push(zxid);
  }

  /** The latest entry, taken back. */
  pop(): ChangeRecord | undefined {
    this.zxids.pop();
    return this.records.pop();
  }

  /** The oldest entry, if its transaction is one up to `zxid`. */
  shiftUpTo(zxid: Zxid): ChangeRecord | null {
    if (this.head === this.records.length || this.zxids[this.head]! > zxid) return null;
    const record = this.records[this.head++]!;
    if (this.head === this.records.length) this.cut();
    else if (this.head >= SLACK && this.head * 2 >= this.records.length) this.cut();
    return record;
  }

  private cut(): void {
    this.records = this.records.slice(this.head);
    this.zxids = this.zxids.slice(this.head);
    this.head = 0;
  }
}
