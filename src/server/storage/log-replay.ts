import { JuteReader } from '../../protocol/jute-reader.js';
import { readTxn, readTxnDigest, readTxnHeader } from '../../protocol/txn-codec.js';
import type { Txn, TxnDigest, TxnHeader } from '../../protocol/txn.js';
import { counterOf, epochOf, formatZxid, type Zxid } from '../../protocol/zxid.js';
import type { Disk } from './disk.js';
import type { LogName } from './file-names.js';
import { follows } from './history-order.js';
import { zxidOfEntry } from './log-format.js';
import { StorageError } from './storage-error.js';
import { readLog, type LogEnd } from './txn-log-reader.js';

export interface ReplayOptions {
  readonly disk: Disk;
  /** Where the logs lie. */
  readonly directory: string;
  /** Oldest first. */
  readonly logs: readonly LogName[];
  /** What the snapshot has for certain; replay begins behind it. */
  readonly after: Zxid;
  readonly entryBytesMax: number;
  /** Replay ends with this one; logs that begin later must not be among `logs`. Null: with the last there is. */
  readonly upTo: Zxid | null;
  /** So many of the last entries are kept. */
  readonly tailCount: number;
  readonly apply: (header: TxnHeader, txn: Txn, digest: TxnDigest | null) => void;
}

export type LogsToScan = Pick<ReplayOptions, 'disk' | 'directory' | 'logs' | 'entryBytesMax'>;

/** One transaction as it stands in the log, a PROPOSAL and a committed log: header, body and digest. */
export interface LoggedEntry {
  readonly zxid: Zxid;
  readonly bytes: Buffer;
}

/** Where the last log ends, or is to end. */
export interface LogCut {
  readonly log: string;
  /** Behind the last record wanted. */
  readonly sizeBytes: number;
}

export interface Replayed {
  /** The last transaction, or `after`. */
  readonly lastZxid: Zxid;
  readonly txns: number;
  /** The log that holds the last transaction; null when nothing was replayed. */
  readonly lastLog: string | null;
  /** Last logs that a crash left without even a header. */
  readonly unstarted: readonly string[];
  /** The last entries, oldest first. */
  readonly tail: readonly LoggedEntry[];
  /** Of the newest log; null when there is none. */
  readonly cut: LogCut | null;
  /** The first transaction behind `upTo`, when it stands in the same log. */
  readonly following: Zxid | null;
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
export async function holdTransactions(options: LogsToScan): Promise<boolean> {
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

async function hasRecord(options: LogsToScan, index: number): Promise<boolean> {
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
  /** A ring: the oldest stands at `txns` modulo its length. */
  private readonly tail: LoggedEntry[] = [];
  private cut: LogCut | null = null;
  private following: Zxid | null = null;

  constructor(options: ReplayOptions) {
    this.options = options;
    this.last = options.after;
  }

  async file(log: LogName, isLast: boolean): Promise<void> {
    const path = `${this.options.directory}/${log.name}`;
    const { upTo } = this.options;
    const end = await readLog({ ...this.options, path, isLast }, (entry, offset) => {
      const zxid = zxidOfEntry(entry);
      if (upTo !== null && zxid > upTo) {
        this.following = zxid;
        return false;
      }
      this.record({ name: log.name, path, offset, zxid }, entry);
      return true;
    });
    this.fileEnded(log.name, end);
  }

  result(): Replayed {
    const { last: lastZxid, txns, lastLog, unstarted, torn, cut, following } = this;
    const oldest = txns % Math.max(this.tail.length, 1);
    const tail = [...this.tail.slice(oldest), ...this.tail.slice(0, oldest)];
    return { lastZxid, txns, lastLog, unstarted, torn, tail, cut, following };
  }

  private fileEnded(name: string, end: LogEnd): void {
    this.cut = { log: name, sizeBytes: end.offset };
    if (end.kind === 'unstarted') this.unstarted.push(name);
    if (end.kind === 'torn') this.torn.push({ name, offset: end.offset });
  }

  private record(at: { name: string; path: string; offset: number; zxid: Zxid }, entry: Buffer): void {
    const { zxid } = at;
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
    if (!follows(this.last, zxid))
      throw this.incomplete(at, zxid, 'so at least one transaction between them is missing');
    this.apply(at, entry);
    this.last = zxid;
    this.lastLog = at.name;
    const { tailCount } = this.options;
    if (tailCount > 0) this.tail[this.txns % tailCount] = { zxid, bytes: Buffer.from(entry) };
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
