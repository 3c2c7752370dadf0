import { Mutex } from 'async-mutex';
import type { Txn, TxnDigest, TxnHeader } from '../../protocol/txn.js';
import { counterOf, epochOf, formatZxid, type Zxid } from '../../protocol/zxid.js';
import type { LogEntry } from '../pipeline/txn-log.js';
import { DataTree } from '../tree/data-tree.js';
import type { DurableAcceptedEpoch, DurableCurrentEpoch, DurableHistory, DurableZxid } from '../zab/durable.js';
import { sizesOf, type DirectorySizes } from './data-dir.js';
import { asStorageError, inDoubt } from './disk-error.js';
import type { EpochFiles } from './epoch-files.js';
import { HistoryKeeper } from './history-keeper.js';
import { checkInstallable } from './installable.js';
import { entriesForLearner, newestSnapshotBytes } from './log-for-learners.js';
import type { LoggedEntry } from './log-replay.js';
import { MarkerKeeper } from './marker-keeper.js';
import { makeSure, openDirectories, type OpenDirectories } from './open-directories.js';
import { PurgeKeeper } from './purge-keeper.js';
import type { Recovered } from './recovered.js';
import { SnapshotKeeper, type SessionList } from './snapshot-keeper.js';
import { receiveSnapshot, type ReceivedSnapshot } from './snapshot-receiver.js';
import type { SnapshotStream } from './snapshot-stream.js';
import { StorageError } from './storage-error.js';
import type { StorageOptions } from './storage-options.js';
import { TxnLogWriter } from './txn-log-writer.js';

export type { SessionList } from './snapshot-keeper.js';

/**
 * One server's data directories, from recovery to close. The way of a write: `append` it, `commit` once for all that
 * came together, and only when that resolves apply, answer and show it; after applying, call `snapshotIfDue`.
 *
 * In an ensemble the history itself can change: `truncate` and `install` make another of it, `reload` reads it again.
 * Each resolves when that is on the device, a crash leaves either the old one or the new, and meanwhile nothing can be
 * appended. When the disk fails in the middle of one, or with an epoch, this is final: nothing works any more but
 * `close`, and only a new start finds out what is there.
 */
export class ServerStorage {
  private readonly options: StorageOptions;
  private readonly opened: OpenDirectories;
  private readonly epochFiles: EpochFiles | null;
  private readonly markers: MarkerKeeper;
  private readonly snapshots: SnapshotKeeper;
  private readonly histories: HistoryKeeper;
  /** Held while the history changes. */
  private readonly changing = new Mutex();
  private log: TxnLogWriter;
  private state: Recovered;
  private readonly purges: PurgeKeeper;

  private constructor(options: StorageOptions, opened: OpenDirectories, epochFiles: EpochFiles | null) {
    const { disk, events } = options;
    const { settings, directories, recovery } = opened;
    this.options = options;
    this.opened = opened;
    this.epochFiles = epochFiles;
    this.state = recovery;
    this.markers = new MarkerKeeper(
      {
        ...{ disk, directory: directories.logs, warned: (message: string) => events.warned(message) },
        epoch: () => epochFiles?.accepted ?? null,
      },
      { lastZxid: recovery.lastZxid, lastLog: recovery.lastLog, change: null },
    );
    this.snapshots = new SnapshotKeeper({
      ...options,
      settings,
      directory: directories.snapshots,
      logged: (zxid) => this.log.reach(zxid),
    });
    this.histories = new HistoryKeeper({
      ...{ disk, directories, settings },
      ...{ recovery: opened.recovering, markers: this.markers },
    });
    const { snapRetainCount, entryBytesMax } = settings;
    this.purges = new PurgeKeeper({ disk, directories, snapRetainCount, entryBytesMax }, this.changing);
    // Members write no snapshot at a start: where one is overdue, it comes with the first chance.
    const isOverdue = opened.recovering.ensemble && recovery.replayedTxns > settings.snapCount / 2;
    this.log = this.newLog(recovery.lastZxid, isOverdue);
  }

  /**
   * Locks the directories and reads them. Rejects with a StorageError when they cannot be trusted, and has then changed
   * nothing in them. Otherwise, outside an ensemble, writes a snapshot of what it read, unless the files were exactly that.
   */
  static async open(options: StorageOptions): Promise<ServerStorage> {
    try {
      const opened = await openDirectories(options);
      try {
        const storage = new ServerStorage(options, opened, await makeSure(options.disk, opened));
        await storage.begin();
        return storage;
      } catch (error) {
        await opened.lock.release();
        throw error;
      }
    } catch (error) {
      throw asStorageError(error, options.dataDir);
    }
  }

  /** What the directories held, at the start or when the history was changed or read last. */
  get recovered(): Recovered {
    return this.state;
  }

  /** Everything up to here is on the device. */
  get durableZxid(): DurableZxid {
    return this.log.durableZxid;
  }

  /** The last transaction appended, or found: committed or not, it counts for votes (quorum-protocol 4.5). */
  get lastLoggedZxid(): Zxid {
    return this.log.lastZxid;
  }

  /** As they are on the device. Only in an ensemble. */
  get epochs(): { readonly accepted: DurableAcceptedEpoch; readonly current: DurableCurrentEpoch } {
    const { accepted, current } = this.membersEpochs();
    return { accepted: accepted as DurableAcceptedEpoch, current: current as DurableCurrentEpoch };
  }

  /** Adds to the group being collected. Throws a StorageError once the log has failed, a RangeError on a gap. */
  append(header: TxnHeader, txn: Txn, digest: TxnDigest | null): void {
    this.log.append(header, txn, digest);
  }

  /** The same with a transaction that is encoded already. */
  appendEntry(entry: LogEntry): void {
    this.log.appendEntry(entry);
  }

  /**
   * Resolves, when everything appended so far is on the device, to the last zxid that is. Calls made while one group
   * is on its way share the next. Rejects with a StorageError once the log has failed.
   */
  commit(): Promise<DurableZxid> {
    return this.log.commit();
  }

  /** Commits at once, holding up everything else; null when that cannot be done now, and {@link commit} is to be called. */
  commitAtOnce(): DurableZxid | null {
    return this.log.commitAtOnce();
  }

  /** The same as {@link commit}, as a proof that all this server has is safe: what an ACK of NEWLEADER stands for. */
  async commitDurable(): Promise<DurableHistory> {
    return asHistory(await this.log.commit());
  }

  /** Resolves when `acceptedEpoch` says so: only then may a LEADERINFO be sent or answered. */
  async acceptEpoch(epoch: number): Promise<DurableAcceptedEpoch> {
    const epochs = this.membersEpochs();
    await this.orGiveUp(() => epochs.accept(epoch));
    return epoch as DurableAcceptedEpoch;
  }

  /**
   * Resolves when `currentEpoch` says so, everything appended having become durable before. Whoever takes over another's history
   * proves by the token that it is there.
   */
  async enterEpoch(epoch: number, history?: DurableHistory): Promise<DurableCurrentEpoch> {
    const epochs = this.membersEpochs();
    const durable = await this.commitDurable();
    if (history !== undefined && history > durable) {
      throw new RangeError(`the history up to 0x${formatZxid(history)} is not the one that is there`);
    }
    await this.orGiveUp(() => epochs.enter(epoch));
    return epoch as DurableCurrentEpoch;
  }

  /**
   * Call it between two transactions: when the log has rolled since the last call, captures the tree and the sessions
   * as they are and writes them in the background. Cheap when nothing is due. Left out while one is still being written.
   * All that the tree has must be committed.
   */
  snapshotIfDue(tree: DataTree, sessions: () => SessionList): void {
    if (!this.log.takeSnapshotWanted() || this.changing.isLocked() || !this.isCurrent(tree)) return;
    this.snapshots.inBackground(tree, sessions());
  }

  /**
   * Captures the tree and the sessions as they are, between two transactions, and resolves to the file's path when it
   * is durable. While another snapshot is being written, waits for that one and captures then. All that the tree has must be
   * committed.
   */
  async snapshotNow(tree: DataTree, sessions: () => SessionList): Promise<string> {
    while (this.changing.isLocked() || !this.snapshots.isIdle(tree)) {
      await this.changing.waitForUnlock();
      await this.snapshots.settled();
      await this.snapshots.free(tree);
    }
    if (!this.isCurrent(tree)) throw new Error('this tree is not of the history that is there now');
    return this.snapshots.toFile(tree, sessions());
  }

  /**
   * Captures the tree and the sessions at this very moment, for a learner. Null while another snapshot of the tree is under
   * way: {@link captureFree} says when to ask again. The stream must be read to its end or closed.
   */
  snapshotStream(tree: DataTree, sessions: SessionList): SnapshotStream | null {
    return this.snapshots.toLearner(tree, sessions);
  }

  /** Resolves when no snapshot of the tree is under way. */
  captureFree(tree: DataTree): Promise<void> {
    return this.snapshots.free(tree);
  }

  /** Bytes of the newest snapshot's file; 0 without any. For deciding whether reading the log is worth while. */
  newestSnapshotBytes(): Promise<number> {
    return newestSnapshotBytes(this.options, this.opened);
  }

  /**
   * The entries behind `after` up to and with `upTo`, from the logs, oldest first. Null when the logs do not hold all of them,
   * when it is not certain that nothing is missing before the first, or when they take more than `bytesMax`.
   */
  async readEntries(after: Zxid, upTo: Zxid, bytesMax: number): Promise<readonly LoggedEntry[] | null> {
    const durable = upTo > this.log.durableZxid ? await this.log.commit() : this.log.durableZxid;
    const last = upTo > durable && counterOf(upTo) === 0 ? durable : upTo;
    return entriesForLearner(this.options, this.opened, { after, upTo: last, bytesMax });
  }

  /** Reads a snapshot that a leader sends, into memory only; see there. */
  receiveSnapshot(source: AsyncIterable<Buffer>, zxid: Zxid): Promise<ReceivedSnapshot> {
    return receiveSnapshot(source, zxid, this.opened.recovering.treeOptions);
  }

  /** Commits what was appended, and reads everything from the disk again. */
  reload(): Promise<Recovered> {
    return this.change(async () => this.become(await this.histories.reload()));
  }

  /**
   * Forgets everything behind a transaction; resolves to what there was right after it. To (E,0), the beginning of an epoch, only when that is where the
   * log goes on. Rejects with CANNOT_TRUNCATE, and has changed nothing, when the files do not lead there for certain:
   * then all data are to be fetched anew ({@link install}).
   */
  truncate(zxid: Zxid): Promise<Recovered> {
    return this.change(async () => {
      const recovery = await this.histories.truncate(zxid);
      this.become(recovery);
      if (recovery.lastZxid === zxid) return recovery;
      recovery.tree.lastProcessedZxid = zxid;
      return (this.state = { ...recovery, lastZxid: zxid });
    });
  }

  /**
   * Makes a tree and its sessions all that the directories hold; logs and snapshots from before are deleted. The tree's
   * lastProcessedZxid is where the log goes on. Rejects with BAD_STREAM, and has changed nothing, while a node has an ACL that is
   * not known.
   */
  install(tree: DataTree, sessions: ReadonlyMap<bigint, number>): Promise<DurableHistory> {
    const epochs = this.membersEpochs();
    const zxid = tree.lastProcessedZxid;
    return this.change(
      async () => {
        if (epochOf(zxid) > epochs.current) await epochs.announce(epochOf(zxid));
        const snapshot = await this.snapshots.toInstall(tree, sessions, (content) => this.histories.install(content));
        await epochs.confirm();
        const read = { replayedTxns: 0, digestMismatches: 0, tail: [] };
        this.become({ tree, sessions: new Map(sessions), lastZxid: zxid, snapshot, ...read });
        return asHistory(this.log.durableZxid);
      },
      () => checkInstallable(tree, epochs.accepted),
    );
  }

  /** Deletes snapshots and logs that are not needed any more; resolves to the paths of what was deleted. */
  purge(): Promise<string[]> {
    return this.purges.purge();
  }

  /** For the `dirs` and `conf` words. */
  sizes(): Promise<DirectorySizes> {
    return sizesOf(this.options.disk, this.opened.directories);
  }

  /** Commits what is left, waits for a snapshot or a purge under way, and gives the directories back. */
  close(): Promise<void> {
    return this.changing.runExclusive(async () => {
      await this.log.close();
      await this.snapshots.settled();
      await this.purges.settled();
      if (this.log.whyUnusable?.code === 'CLOSED') this.markers.mark(this.log.durableZxid);
      await this.markers.settled();
      await this.opened.lock.release();
    });
  }

  private async begin(): Promise<void> {
    const { recovery, recovering } = this.opened;
    this.markers.mark(recovery.lastZxid);
    await this.markers.settled();
    // Without any snapshot the next start would have to refuse whatever is logged from now on.
    if (recovery.snapshot === null) {
      // In an ensemble, of what was there before any transaction: those that were read need not be committed.
      const { tree, sessions } = recovering.ensemble
        ? { tree: new DataTree(recovering.treeOptions), sessions: [] }
        : recovery;
      await this.snapshots.toFile(tree, sessions);
    } else if (recovery.replayedTxns > 0 && !recovering.ensemble) {
      this.snapshots.inBackground(recovery.tree, recovery.sessions);
    }
  }

  private newLog(lastZxid: Zxid, snapshotWanted = false): TxnLogWriter {
    const { settings, directories } = this.opened;
    return new TxnLogWriter({
      ...this.options,
      settings,
      directory: directories.logs,
      lastZxid,
      snapshotWanted,
      epochs: this.epochFiles,
      fileStarted: (name, firstZxid) => this.markers.logStarted(name, firstZxid, settings.forceSync),
    });
  }

  /** The log is closed meanwhile; the step ends with {@link become}. */
  private change<T>(step: () => Promise<T>, check: () => void = () => undefined): Promise<T> {
    return this.changing.runExclusive(async () => {
      await this.log.commit();
      check();
      await this.snapshots.settled();
      await this.purges.settled();
      try {
        await this.log.close();
        return await step();
      } catch (error) {
        if (!(error instanceof StorageError && error.code === 'CANNOT_TRUNCATE')) throw this.giveUp(error);
        this.log = this.newLog(this.log.lastZxid);
        throw error;
      }
    });
  }

  /** Goes on from there, in a new log. */
  private become(state: Recovered): Recovered {
    this.state = state;
    this.log = this.newLog(state.lastZxid);
    return state;
  }

  private orGiveUp(step: () => Promise<void>): Promise<void> {
    return this.changing.runExclusive(async () => {
      if (this.log.whyUnusable !== null) throw this.log.whyUnusable;
      try {
        await step();
      } catch (error) {
        throw error instanceof RangeError ? error : this.giveUp(error);
      }
    });
  }

  /** From now on nothing is acknowledged. */
  private giveUp(cause: unknown): StorageError {
    const error = inDoubt(cause, this.options.dataDir);
    this.log.giveUp(error);
    return error;
  }

  /** In an ensemble a tree may have become one of a history that is gone. */
  private isCurrent(tree: DataTree): boolean {
    return this.epochFiles === null || tree === this.state.tree;
  }

  private membersEpochs(): EpochFiles {
    if (this.epochFiles === null) throw new Error('this storage is not that of a member of an ensemble');
    return this.epochFiles;
  }
}

/** The only place where one is made: of what a commit, or a new snapshot, has brought to the device. */
function asHistory(durable: DurableZxid): DurableHistory {
  return durable as Zxid as DurableHistory;
}
