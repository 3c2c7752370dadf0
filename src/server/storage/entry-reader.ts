import { counterOf, type Zxid } from '../../protocol/zxid.js';
import type { Disk } from './disk.js';
import { logsAmong, type LogName } from './file-names.js';
import { follows } from './history-order.js';
import { zxidOfEntry } from './log-format.js';
import { holdTransactions, type LoggedEntry } from './log-replay.js';
import { readLog } from './txn-log-reader.js';

export interface EntrySource {
  readonly disk: Disk;
  /** Where the logs lie. */
  readonly directory: string;
  readonly entryBytesMax: number;
}

export interface EntryRange {
  /** The first entry wanted comes right behind this. */
  readonly after: Zxid;
  /** The last one wanted; it is durable. */
  readonly upTo: Zxid;
  /** More than so many bytes are not wanted at all. */
  readonly bytesMax: number;
  /** Logs that a snapshot of this zxid needs were kept. */
  readonly isSnapshot: boolean;
}

/**
 * Reads entries out of the logs, for a learner that lacks them. Null unless the logs hold all of them without a gap, from a place
 * that is certainly the learner's: one transaction too few would go unnoticed by it (quorum-protocol 3.6, 4.9).
 */
export async function readEntries(source: EntrySource, range: EntryRange): Promise<LoggedEntry[] | null> {
  if (range.after === range.upTo) return [];
  if (range.after > range.upTo) return null;
  const logs = logsAmong(await source.disk.list(source.directory));
  const first = await firstNeeded(source, logs, range.after);
  const collector = new EntryCollector(range);
  for (let index = first; index < logs.length && !collector.isOver; index += 1) {
    const path = `${source.directory}/${logs[index]!.name}`;
    await readLog({ ...source, path, isLast: index === logs.length - 1 }, (entry) => collector.take(entry));
  }
  return collector.result();
}

/** The newest log that begins before, or at, the place, and says something about it. */
async function firstNeeded(source: EntrySource, logs: readonly LogName[], after: Zxid): Promise<number> {
  let index = logs.findLastIndex(({ zxid }) => zxid <= after);
  while (index > 0 && !(await holdTransactions({ ...source, logs: logs.slice(index, index + 1) }))) index -= 1;
  return Math.max(index, 0);
}

class EntryCollector {
  /** Enough was read, whatever came of it. */
  isOver = false;
  private readonly range: EntryRange;
  private readonly entries: LoggedEntry[] = [];
  private bytes = 0;
  /** The last transaction met. */
  private last: Zxid | null = null;
  private isPossible = true;

  constructor(range: EntryRange) {
    this.range = range;
  }

  /** False when enough was read. */
  take(entry: Buffer): boolean {
    const zxid = zxidOfEntry(entry);
    const { after, upTo } = this.range;
    if (zxid <= after) {
      this.last = zxid;
      return true;
    }
    if (!(this.entries.length === 0 ? this.beginsWith(zxid) : follows(this.last!, zxid))) return this.over(false);
    if (zxid > upTo) return this.over(counterOf(upTo) === 0);
    this.last = zxid;
    this.bytes += entry.length;
    if (this.bytes > this.range.bytesMax) return this.over(false);
    this.entries.push({ zxid, bytes: Buffer.from(entry) });
    return zxid < upTo || this.over(true);
  }

  result(): LoggedEntry[] | null {
    return this.isOver && this.isPossible ? this.entries : null;
  }

  private over(isPossible: boolean): boolean {
    this.isOver = true;
    this.isPossible = isPossible;
    return false;
  }

  /** Whether nothing can lie between the place and this transaction. */
  private beginsWith(zxid: Zxid): boolean {
    const { after, isSnapshot } = this.range;
    if (!follows(after, zxid)) return false;
    if (this.last === after) return true;
    // The beginning of an epoch is no transaction: what comes before it and what comes behind must be here.
    if (counterOf(after) === 0 && this.last !== null) return follows(this.last, zxid);
    return this.last === null && isSnapshot;
  }
}
