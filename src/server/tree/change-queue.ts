import type { Zxid } from '../../protocol/zxid.js';
import { ZXID_NONE } from '../../protocol/zxid.js';
import type { ChangeRecord } from './change-record.js';

const CAPACITY_MIN = 64;

/**
 * Which records which transactions change, in order, until they are applied: a ring, whose places are emptied as they are
 * left. A dead array full of dead records would keep these from being collected young.
 */
export class ChangeQueue {
  private records: (ChangeRecord | null)[] = [];
  private zxids: Zxid[] = [];
  /** The oldest entry. */
  private head = 0;
  private count = 0;

  get size(): number {
    return this.count;
  }

  push(record: ChangeRecord, zxid: Zxid): void {
    if (this.count === this.records.length) this.resize(Math.max(CAPACITY_MIN, this.count * 2));
    const at = this.at(this.count++);
    this.records[at] = record;
    this.zxids[at] = zxid;
  }

  /** The latest entry, taken back. */
  pop(): ChangeRecord | undefined {
    return this.count === 0 ? undefined : this.takeAt(this.at(--this.count));
  }

  /** The oldest entry, if its transaction is one up to `zxid`. */
  shiftUpTo(zxid: Zxid): ChangeRecord | null {
    if (this.count === 0 || this.zxids[this.head]! > zxid) return null;
    const record = this.takeAt(this.head);
    this.head = this.at(1);
    this.count--;
    return record;
  }

  private at(index: number): number {
    return (this.head + index) & (this.records.length - 1);
  }

  private takeAt(at: number): ChangeRecord {
    const record = this.records[at]!;
    this.records[at] = null;
    return record;
  }

  private resize(capacity: number): void {
    const records = new Array<ChangeRecord | null>(capacity).fill(null);
    const zxids = new Array<Zxid>(capacity).fill(ZXID_NONE);
    for (let i = 0; i < this.count; i++) {
      records[i] = this.records[this.at(i)]!;
      zxids[i] = this.zxids[this.at(i)]!;
    }
    this.records = records;
    this.zxids = zxids;
    this.head = 0;
  }
}
