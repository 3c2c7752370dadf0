import { JuteReader } from '../../protocol/jute-reader.js';
import { readTxn, readTxnDigest, readTxnHeader } from '../../protocol/txn-codec.js';
import type { Txn, TxnDigest, TxnHeader } from '../../protocol/txn.js';
import { counterOf, epochOf, formatZxid, type Zxid } from '../../protocol/zxid.js';
import type { Disk } from './disk.js';
import type { LogName } from './file-names.js';
import { StorageError } from './storage-error.js';
import { readLog, type LogEnd } from './txn-log-reader.js';

/** Where the zxid lies in an entry: behind long clientId and int cxid. */
const ZXID_OFFSET = 12;

export interface ReplayOptions {
  readonly disk: Disk;
  /** Where the logs lie. */
  readonly directory: string;
  /** Oldest first. */
  readonly logs: readonly LogName[];
  /** What the snapshot has for certain; replay begins behind it. */
  readonly after: Zxid;
  readonly entryBytesMax: number;
  readonly apply: (header: TxnHeader, txn: Txn, digest: TxnDigest | null) => void;
}

export interface Replayed {
  /** The last transaction, or `after`. */
  readonly lastZxid: Zxid;
  readonly txns: number;
  /** The log that holds the last transaction; null when nothing was replayed. */
  readonly lastLog: string | null;
  /** Last logs that a crash left without even a header. */
  readonly unstarted: readonly string[];
  /** Records that were cut off: file and offset of each. */
  readonly torn: readonly { readonly name: string; readonly offset: number }[];
}

/**
 * Replays all logged transactions behind a snapshot, in order, and refuses when one is missing (storage-format 2.5,
 * 5.1): a log that ends torn, or is gone, in the middle of the others would otherwise go unnoticed.
 */
export async function replayLogs(options: ReplayOptions): Promise<Replayed> {
  const replay = new LogReplay(options);
  const first = await firstNeeded(options);
  for (const [index, log] of options.logs.entries()) {
    if (index >= first) await replay.file(log, index === options.logs.length - 1);
  }
  return replay.result();
}

/** Whether any of the logs holds a transaction. */
export async function holdTransactions(options: Omit<ReplayOptions, 'after' | 'apply'>): Promise<boolean> {
  for (const index of options.logs.keys()) {
    if (await hasRecord(options, index)) return true;
  }
  return false;
}

/**
 * The newest log that starts at or before the first transaction wanted. One without any record says nothing about
 * where the transactions before it are: then the one before it is needed, too.
 */
async function firstNeeded(options: ReplayOptions): Promise<number> {
  let index = options.logs.findLastIndex(({ zxid }) => zxid <= options.after + 1);
  while (index > 0 && !(await hasRecord(options, index))) index -= 1;
  return Math.max(index, 0);
}

async function hasRecord(options: Omit<ReplayOptions, 'after' | 'apply'>, index: number): Promise<boolean> {
  let found = false;
  const path = `${options.directory}/${options.logs[index]!.name}`;
  await readLog({ ...options, path, isLast: index === options.logs.length - 1 }, () => {
    found = true;
    return false;
  });
  return found;
}

class LogReplay {
  private readonly options: ReplayOptions;
  private last: Zxid;
  private txns = 0;
  private lastLog: string | null = null;
  /** The largest counter applied in each epoch. */
  private readonly counters = new Map<number, number>();
  private readonly unstarted: string[] = [];
  private readonly torn: { name: string; offset: number }[] = [];

  constructor(options: ReplayOptions) {
    this.options = options;
    this.last = options.after;
  }

  async file(log: LogName, isLast: boolean): Promise<void> {
    const path = `${this.options.directory}/${log.name}`;
    const end = await readLog({ ...this.options, path, isLast }, (entry, offset) => {
      this.record({ name: log.name, path, offset }, entry);
      return true;
    });
    this.fileEnded(log.name, end);
  }

  result(): Replayed {
    return { lastZxid: this.last, txns: this.txns, lastLog: this.lastLog, unstarted: this.unstarted, torn: this.torn };
  }

  private fileEnded(name: string, end: LogEnd): void {
    if (end.kind === 'unstarted') this.unstarted.push(name);
    if (end.kind === 'torn') this.torn.push({ name, offset: end.offset });
  }

  private record(at: { name: string; path: string; offset: number }, entry: Buffer): void {
    const zxid = new JuteReader(entry, ZXID_OFFSET).zxid();
    if (!Number.isSafeInteger(zxid) || zxid <= 0) {
      throw new StorageError({
        code: 'CORRUPT',
        file: at.path,
        offset: at.offset,
        what: `${zxid} is no possible transaction id`,
      });
    }
    if (zxid <= this.last) {
      if (this.isApplied(zxid)) return;
      throw this.incomplete(at, zxid, 'belongs to another history');
    }
    const isNext = zxid === this.last + 1 || (epochOf(zxid) > epochOf(this.last) && counterOf(zxid) === 1);
    if (!isNext) throw this.incomplete(at, zxid, 'so at least one transaction between them is missing');
    this.apply(at, entry);
    this.last = zxid;
    this.lastLog = at.name;
    this.txns += 1;
    this.counters.set(epochOf(zxid), counterOf(zxid));
  }

  private isApplied(zxid: Zxid): boolean {
    return zxid <= this.options.after || counterOf(zxid) <= (this.counters.get(epochOf(zxid)) ?? -1);
  }

  private apply(at: { path: string; offset: number }, entry: Buffer): void {
    try {
      const reader = new JuteReader(entry);
      const header = readTxnHeader(reader);
      const txn = readTxn(reader, header.type);
      this.options.apply(header, txn, readTxnDigest(reader));
    } catch (error) {
      const what = `the transaction cannot be read: ${error instanceof Error ? error.message : String(error)}`;
      throw new StorageError({ code: 'CORRUPT', file: at.path, offset: at.offset, what, cause: error });
    }
  }

  private incomplete(at: { path: string; offset: number }, zxid: Zxid, consequence: string): StorageError {
    const torn = this.torn.map(({ name, offset }) => `; ${name} ends in the middle of a record at byte ${offset}`);
    const before =
      this.txns === 0
        ? `the snapshot ends with 0x${formatZxid(this.last)}`
        : `0x${formatZxid(this.last)} is the last before it`;
    return new StorageError({
      code: 'INCOMPLETE',
      file: at.path,
      offset: at.offset,
      what: `transaction 0x${formatZxid(zxid)} ${zxid > this.last ? 'comes next, but' : 'comes here, but'} ${before}, ${consequence}${torn.join('')}`,
      advice: 'Restore the missing log, or the directory from a backup or another server',
    });
  }
}
