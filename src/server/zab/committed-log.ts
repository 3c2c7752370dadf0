import { formatZxid, ZXID_NONE, type Zxid } from '../../protocol/zxid.js';
import { follows } from './continuity.js';
import { entryOf, lengthOf, type Entry } from './entry.js';

export interface CommittedLogLimits {
  readonly entriesMax: number;
  readonly bytesMax: number;
}

/**
 * The last transactions of the history, in memory, for learners that lack only these (3.6). What a server that starts reads
 * from its log is in it, too: as a leader it would count all of that as history (4.5).
 */
export class CommittedLog {
  private readonly limits: CommittedLogLimits;
  private entries: Entry[] = [];
  private first = 0;
  private bytes = 0;

  constructor(limits: CommittedLogLimits) {
    this.limits = limits;
  }

  get isEmpty(): boolean {
    return this.first === this.entries.length;
  }

  /** The oldest; undefined when there is none. */
  get min(): Zxid | undefined {
    return this.entries[this.first]?.zxid;
  }

  get max(): Zxid | undefined {
    return this.isEmpty ? undefined : this.entries[this.entries.length - 1]!.zxid;
  }

  /** Zxids grow. What is not the successor of the last begins anew: across a gap nobody is brought up to date (4.9). */
  add(entry: Entry): void {
    const { max } = this;
    if (max !== undefined && entry.zxid <= max) {
      throw new RangeError(`0x${formatZxid(entry.zxid)} was committed behind 0x${formatZxid(max)}`);
    }
    if (max !== undefined && !follows(entry.zxid, max)) this.reset();
    this.entries.push(entry);
    this.bytes += lengthOf(entry);
    while (this.entries.length - this.first > this.limits.entriesMax || this.bytes > this.limits.bytesMax) this.drop();
    if (this.first > this.limits.entriesMax) this.compact();
  }

  /** Begins anew: the history of this server is another one from here on. */
  reset(entries: Iterable<Entry> = []): void {
    this.entries = [];
    this.first = 0;
    this.bytes = 0;
    for (const entry of entries) this.add(entry);
  }

  *[Symbol.iterator](): IterableIterator<Entry> {
    for (let i = this.first; i < this.entries.length; i++) yield this.entries[i]!;
  }

  private drop(): void {
    this.bytes -= lengthOf(this.entries[this.first]!);
    // The array keeps its place until it is compacted; the bytes may go at once.
    this.entries[this.first] = DROPPED;
    this.first++;
  }

  private compact(): void {
    this.entries = this.entries.slice(this.first);
    this.first = 0;
  }
}

const DROPPED = entryOf(ZXID_NONE, Buffer.alloc(0));
