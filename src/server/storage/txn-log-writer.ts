import { OpCode } from '../../protocol/op-codes.js';
import { writeTxn, writeTxnDigest, writeTxnHeader } from '../../protocol/txn-codec.js';
import type { Txn, TxnDigest, TxnHeader } from '../../protocol/txn.js';
import { counterOf, epochOf, formatZxid, type Zxid } from '../../protocol/zxid.js';
import type { Clock } from '../../runtime/clock.js';
import type { Random } from '../../runtime/random.js';
import type { Disk } from './disk.js';
import type { DurableZxid } from '../zab/durable.js';
import type { LogEntry } from '../pipeline/txn-log.js';
import { logName } from './file-names.js';
import { follows } from './history-order.js';
import { logForm } from './log-form.js';
import { LogBatch } from './log-batch.js';
import { LogFile } from './log-file.js';
import { RollRule } from './roll-rule.js';
import type { StorageEvents } from './storage-events.js';
import { StorageError } from './storage-error.js';
import type { StorageSettings } from './storage-options.js';

export interface TxnLogWriterOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: StorageEvents;
  readonly settings: StorageSettings;
  /** Where the `log.*` files lie. */
  readonly directory: string;
  /** What the log already holds; the first append must follow it. */
  readonly lastZxid: Zxid;
  /** A snapshot is due from the start. */
  readonly snapshotWanted?: boolean;
  /** Outside an ensemble there are none. */
  readonly epochs?: LogEpochs | null;
  /** A new file and its first record are durable. */
  readonly fileStarted?: (name: string, firstZxid: Zxid) => void;
}

/** What must be on the device before, and after, the first record of an epoch that was not entered before is. */
export interface LogEpochs {
  readonly accepted: number;
  readonly current: number;
  announce(epoch: number): Promise<void>;
  confirm(): Promise<void>;
}

interface Group {
  readonly promise: Promise<DurableZxid>;
  resolve(zxid: DurableZxid): void;
  reject(error: StorageError): void;
}

/**
 * Appends transactions to the log. Records collect in one buffer; a commit hands them over in one write per file and
 * one sync, while the next group fills. A failed write or sync is final: a later sync that succeeds would not mean
 * that the earlier bytes arrived, so nothing is acknowledged any more.
 */
export class TxnLogWriter {
  private readonly options: TxnLogWriterOptions;
  private readonly rollRule: RollRule;
  private file: LogFile | null = null;
  /** The directory was not synced since a file was begun. */
  private hasNewNames = false;
  private filling = new LogBatch();
  private spare: LogBatch | null = null;
  private rollNext = true;
  private snapshotWanted: boolean;
  private last: Zxid;
  private durable: DurableZxid;
  /** Asked for, not begun. */
  private waiting: Group | null = null;
  /** Being written and synced. */
  private running: Group | null = null;
  private failure: StorageError | null = null;

  constructor(options: TxnLogWriterOptions) {
    this.options = options;
    this.rollRule = new RollRule({ random: options.random, ...options.settings });
    this.last = options.lastZxid;
    this.snapshotWanted = options.snapshotWanted ?? false;
    // What recovery read back is on the device.
    this.durable = options.lastZxid as DurableZxid;
  }

  /** The last transaction appended. */
  get lastZxid(): Zxid {
    return this.last;
  }

  /** Resolves when a transaction that was appended is on the device; throws when it was not. */
  async reach(zxid: Zxid): Promise<void> {
    if (zxid <= this.durable) return;
    if (zxid > this.last && counterOf(zxid) !== 0) {
      throw new Error(`0x${formatZxid(zxid)}, which the tree has, was never logged`);
    }
    await this.commit();
  }

  get durableZxid(): DurableZxid {
    return this.durable;
  }

  /** Why nothing can be logged any more: something failed, or it was closed (CLOSED). */
  get whyUnusable(): StorageError | null {
    return this.failure;
  }

  /** Something else failed that leaves in doubt what the directory holds: nothing is acknowledged from now on. */
  giveUp(error: StorageError): void {
    if (this.hasFailed) return;
    this.failure = error;
    this.options.events.failed(error);
  }

  /** True once after the log has rolled: the time for a snapshot. */
  takeSnapshotWanted(): boolean {
    const wanted = this.snapshotWanted;
    this.snapshotWanted = false;
    return wanted;
  }

  /**
   * Adds a transaction to the group being collected. Throws a {@link StorageError} after a failure, and a RangeError when one
   * before it is missing, or it is of an epoch that was never accepted.
   */
  append(header: TxnHeader, txn: Txn, digest: TxnDigest | null): void {
    this.checkUsable(header.zxid);
    let bytes = this.encode(header, txn, digest);
    if (bytes === 0 && txn.type === OpCode.closeSession) {
      // The list may be left out: a reader then deletes what it knows the session to own, which is the same.
      bytes = this.encode(header, { ...txn, paths: null }, digest);
    }
    this.appended(header.zxid, bytes);
  }

  /** The same with a transaction that is encoded already. */
  appendEntry({ zxid, view, start, end }: LogEntry): void {
    this.checkUsable(zxid);
    const batch = this.filling;
    batch.begin().part(view, start, end);
    this.appended(zxid, batch.end(zxid, this.rollNext, this.options.settings.entryBytesMax));
  }

  /**
   * Resolves, when everything appended so far is on the device, to the last zxid that is. Calls made while one group
   * is on its way share the next. Rejects with a {@link StorageError} once the log has failed.
   */
  commit(): Promise<DurableZxid> {
    if (this.failure !== null) return Promise.reject(this.failure);
    if (this.filling.txns === 0) return this.running?.promise ?? Promise.resolve(this.durable);
    this.waiting ??= newGroup();
    const { promise } = this.waiting;
    if (this.running === null) void this.run();
    return promise;
  }

  /**
   * Commits at once what was appended, holding up everything else until the device is done, and so sparing who waits
   * for it the way through the thread pool and back. Null when that cannot be done now (a group is on its way, a file is
   * to be begun): then {@link commit} is to be called.
   */
  commitAtOnce(): DurableZxid | null {
    const batch = this.filling;
    const { file } = this;
    if (this.failure !== null || this.running !== null || file === null || !batch.isOnePiece) return null;
    if (!this.options.settings.forceSync || !file.syncsAtOnce || !file.takesAtOnce(batch.bytes)) return null;
    const startMs = this.options.clock.monotonicMs();
    try {
      void file.append(batch.all());
      file.syncAtOnce();
    } catch (cause) {
      this.fail(cause, null);
      return null;
    }
    this.durable = this.last as DurableZxid;
    this.reportSync(batch, this.options.clock.monotonicMs() - startMs);
    batch.clear();
    this.rollLargeFile();
    return this.durable;
  }

  /** Commits what is left and closes the file, cut behind its last record. */
  async close(): Promise<void> {
    if (this.failure === null) await this.commit().catch(() => undefined);
    const file = this.file;
    this.file = null;
    if (this.failure !== null) {
      await file?.abandon();
      return;
    }
    this.failure = new StorageError({ code: 'CLOSED', what: 'the transaction log is closed' });
    if (!this.options.settings.forceSync) await file?.sync();
    await file?.finish();
  }

  private get hasFailed(): boolean {
    return this.failure !== null && this.failure.code !== 'CLOSED';
  }

  private checkUsable(zxid: Zxid): void {
    if (this.failure !== null) throw this.failure;
    if (zxid !== this.last + 1) this.beginEpoch(zxid);
  }

  /** A record of an epoch that was not entered begins a file of its own, so that each is announced and confirmed by itself. */
  private beginEpoch(zxid: Zxid): void {
    if (!follows(this.last, zxid)) {
      throw new RangeError(`zxid 0x${formatZxid(zxid)} cannot follow 0x${formatZxid(this.last)} in the log`);
    }
    const { epochs } = this.options;
    if (epochs === undefined || epochs === null) return;
    const epoch = epochOf(zxid);
    if (epoch > epochs.accepted) {
      throw new RangeError(
        `zxid 0x${formatZxid(zxid)} is of epoch ${epoch}, but ${epochs.accepted} is the last accepted`,
      );
    }
    if (epoch > epochs.current) this.rollNext = true;
  }

  /** Adds a record to the batch; 0 when its entry is too long. */
  private encode(header: TxnHeader, txn: Txn, digest: TxnDigest | null): number {
    const batch = this.filling;
    const writer = batch.begin();
    try {
      writeTxnHeader(writer, header);
      writeTxn(writer, logForm(txn));
      if (digest !== null) writeTxnDigest(writer, digest);
    } catch (error) {
      // Half a record must not stay between the others.
      batch.cancel();
      throw error;
    }
    return batch.end(header.zxid, this.rollNext, this.options.settings.entryBytesMax);
  }

  private appended(zxid: Zxid, recordBytes: number): void {
    if (recordBytes === 0) {
      const { entryBytesMax } = this.options.settings;
      throw new RangeError(
        `transaction 0x${formatZxid(zxid)} takes more than the ${entryBytesMax} bytes that servers read`,
      );
    }
    this.rollNext = this.rollRule.logged(recordBytes);
    if (this.rollNext) this.snapshotWanted = true;
    this.last = zxid;
  }

  private async run(): Promise<void> {
    while (this.waiting !== null) {
      const group = this.waiting;
      this.running = group;
      this.waiting = null;
      try {
        await this.flush();
        group.resolve(this.durable);
      } catch (cause) {
        this.fail(cause, group);
      }
    }
    this.running = null;
  }

  private async flush(): Promise<void> {
    const batch = this.filling;
    const upTo = this.last;
    this.filling = this.spare ?? new LogBatch();
    this.spare = null;
    const started: Zxid[] = [];
    for (const { bytes, firstZxid, startsFile } of batch.pieces()) {
      if (startsFile) {
        await this.finishFile();
        // A power loss that took this name and left the next file's would leave a gap.
        await this.namesAreSafe();
        await this.startFile(firstZxid);
        started.push(firstZxid);
      }
      const delayed = this.current().append(bytes);
      if (delayed !== null) await delayed;
    }
    await this.sync(batch);
    await this.namesAreSafe();
    this.durable = upTo as DurableZxid;
    batch.clear();
    this.spare = batch;
    this.rollLargeFile();
    for (const firstZxid of started) this.options.fileStarted?.(logName(firstZxid), firstZxid);
  }

  /**
   * Whatever of a group went there must not be acknowledged on the next file's sync alone. Without `forceSync` a power loss
   * may take the end of the log, but must leave no gap in it, with which no server starts.
   */
  private async finishFile(): Promise<void> {
    const { file } = this;
    if (file === null) return;
    await file.sync();
    this.file = null;
    await file.finish();
  }

  private async startFile(firstZxid: Zxid): Promise<void> {
    await this.announceEpoch(firstZxid);
    this.hasNewNames = true;
    this.file = await LogFile.create({
      disk: this.options.disk,
      path: `${this.options.directory}/${logName(firstZxid)}`,
      preAllocBytes: this.options.settings.preAllocBytes,
      zeroingFailed: (error) =>
        this.options.events.warned(`writing zeros ahead in ${logName(firstZxid)} failed: ${String(error)}`),
    });
  }

  /** One epoch after the other: where a crash comes in between, the one announced is that of the log's last record. */
  private async announceEpoch(firstZxid: Zxid): Promise<void> {
    const { epochs } = this.options;
    const epoch = epochOf(firstZxid);
    if (epochs === undefined || epochs === null || epoch <= epochs.current) return;
    await epochs.announce(epoch);
  }

  /** After the directory's sync the files begun since the last are there for good, and so is the epoch that began with one. */
  private async namesAreSafe(): Promise<void> {
    if (!this.hasNewNames) return;
    await this.options.disk.syncDirectory(this.options.directory);
    this.hasNewNames = false;
    await this.options.epochs?.confirm();
  }

  private async sync(batch: LogBatch): Promise<void> {
    const { settings, clock } = this.options;
    if (!settings.forceSync) return;
    const startMs = clock.monotonicMs();
    await this.current().sync();
    this.reportSync(batch, clock.monotonicMs() - startMs);
  }

  private reportSync({ txns, bytes }: LogBatch, durationMs: number): void {
    const { settings, events } = this.options;
    events.synced?.({ durationMs, txns, bytes });
    if (durationMs > settings.syncWarningThresholdMs) events.syncSlow({ durationMs, file: this.current().path });
  }

  /** Only the file's size is past its limit: a new file from the next record on, but no snapshot. */
  private rollLargeFile(): void {
    const limit = this.options.settings.txnLogSizeLimitBytes;
    if (limit > 0 && this.current().usedBytes > limit) this.rollNext = true;
  }

  private current(): LogFile {
    if (this.file === null) throw new Error('no log file is open');
    return this.file;
  }

  private fail(cause: unknown, group: Group | null): void {
    const isFirst = !this.hasFailed;
    const file = this.file?.path ?? this.options.directory;
    this.failure = new StorageError({
      code: 'LOG_FAILED',
      file,
      what: `the transaction log could not be written: ${cause instanceof Error ? cause.message : String(cause)}`,
      advice:
        'Nothing after the last acknowledged transaction is guaranteed; free or repair the device and start again',
      cause,
    });
    const waiting = this.waiting;
    this.waiting = null;
    group?.reject(this.failure);
    waiting?.reject(this.failure);
    if (isFirst) this.options.events.failed(this.failure);
  }
}

function newGroup(): Group {
  let resolve!: (zxid: DurableZxid) => void;
  let reject!: (error: StorageError) => void;
  const promise = new Promise<DurableZxid>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
