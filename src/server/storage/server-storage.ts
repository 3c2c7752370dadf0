import type { Txn, TxnDigest, TxnHeader } from '../../protocol/txn.js';
import type { Zxid } from '../../protocol/zxid.js';
import type { DataTree } from '../tree/data-tree.js';
import {
  lockDirectories,
  prepareDirectories,
  removeUnfinished,
  sizeOfFiles,
  type DataDirectories,
} from './data-dir.js';
import type { DiskLock } from './disk.js';
import { asStorageError } from './disk-error.js';
import type { DurableZxid } from '../zab/durable.js';
import type { LogEntry } from '../pipeline/txn-log.js';
import { purge } from './purge.js';
import type { Recovered } from './recovered.js';
import { recover, type Recovery } from './recovery.js';
import { writeSnapshot } from './snapshot-writer.js';
import { writeMarker } from './state-marker.js';
import { rewrite } from './rewrite.js';
import { STORAGE_DEFAULTS, type StorageOptions, type StorageSettings } from './storage-options.js';
import { TxnLogWriter } from './txn-log-writer.js';

export interface DirectorySizes {
  /** Bytes of the files in `<dataDir>/version-2`. */
  readonly dataDirBytes: number;
  /** The same of `<dataLogDir>/version-2`. */
  readonly dataLogDirBytes: number;
}

/** Session id and timeout in ms, of every global session. */
export type SessionList = Iterable<readonly [sessionId: bigint, timeoutMs: number]>;

/**
 * One server's data directories, from recovery to close. The way of a write: `append` it, `commit` once for all that
 * came together, and only when that resolves apply, answer and show it; after applying, call `snapshotIfDue`.
 */
export class ServerStorage {
  readonly recovered: Recovered;
  private readonly options: StorageOptions;
  private readonly settings: StorageSettings;
  private readonly directories: DataDirectories;
  private readonly lock: DiskLock;
  private readonly log: TxnLogWriter;
  /** The snapshot being written. */
  private snapshotting: Promise<string> | null = null;
  private purging: Promise<string[]> | null = null;
  /** Marker files are written one after the other. */
  private marking: Promise<void> = Promise.resolve();
  private lastLog: string | null;

  private constructor(
    options: StorageOptions,
    parts: { settings: StorageSettings; directories: DataDirectories; lock: DiskLock; recovery: Recovery },
  ) {
    this.options = options;
    this.settings = parts.settings;
    this.directories = parts.directories;
    this.lock = parts.lock;
    this.recovered = parts.recovery;
    this.lastLog = parts.recovery.lastLog;
    this.log = new TxnLogWriter({
      ...options,
      settings: parts.settings,
      directory: parts.directories.logs,
      lastZxid: parts.recovery.lastZxid,
      fileStarted: (name, firstZxid) => this.logStarted(name, firstZxid),
    });
  }

  /**
   * Locks the directories and reads them. Rejects with a StorageError when they cannot be trusted, and has then changed
   * nothing in them. Otherwise writes a snapshot of what it read, unless the files were exactly that.
   */
  static async open(options: StorageOptions): Promise<ServerStorage> {
    try {
      return await ServerStorage.openDirectories(options);
    } catch (error) {
      throw asStorageError(error, options.dataDir);
    }
  }

  private static async openDirectories(options: StorageOptions): Promise<ServerStorage> {
    const settings = { ...STORAGE_DEFAULTS, ...options.settings };
    const { disk } = options;
    const directories = await prepareDirectories({
      disk,
      dataDir: options.dataDir,
      dataLogDir: options.dataLogDir,
      autocreate: settings.dataDirAutocreate,
    });
    const lock = await lockDirectories(disk, directories);
    try {
      const recovery = await recover({
        disk,
        directories,
        treeOptions: {
          extendedTypesEnabled: options.extendedTypesEnabled,
          digestEnabled: settings.digestEnabled,
          hashSeed: options.random.bytes(4).readInt32BE(),
        },
        entryBytesMax: settings.entryBytesMax,
        snapshotTrustEmpty: settings.snapshotTrustEmpty,
        warned: (message) => options.events.warned(message),
      });
      const storage = new ServerStorage(options, { settings, directories, lock, recovery });
      await storage.tidyUp(recovery);
      return storage;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** Everything up to here is on the device. */
  get durableZxid(): DurableZxid {
    return this.log.durableZxid;
  }

  /** Adds to the group being collected. Zxids must grow. Throws a StorageError once the log has failed. */
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

  /**
   * Call it between two transactions: when the log has rolled since the last call, captures the tree and the sessions
   * as they are and writes them in the background. Cheap when nothing is due. Left out while one is still being written.
   */
  snapshotIfDue(tree: DataTree, sessions: () => SessionList): void {
    if (!this.log.takeSnapshotWanted() || this.snapshotting !== null) return;
    this.snapshotInBackground(tree, sessions());
  }

  /**
   * Captures the tree and the sessions as they are, between two transactions, and resolves to the file's path when it
   * is durable. While another snapshot is being written, waits for that one and captures then.
   */
  async snapshotNow(tree: DataTree, sessions: () => SessionList): Promise<string> {
    while (this.snapshotting !== null) await this.snapshotting.catch(() => undefined);
    return this.capture(tree, sessions());
  }

  /** Deletes snapshots and logs that are not needed any more; resolves to the paths of what was deleted. */
  purge(): Promise<string[]> {
    const { disk } = this.options;
    const { snapRetainCount, entryBytesMax } = this.settings;
    this.purging ??= purge({ disk, directories: this.directories, snapRetainCount, entryBytesMax }).finally(() => {
      this.purging = null;
    });
    return this.purging;
  }

  /** For the `dirs` and `conf` words. */
  async sizes(): Promise<DirectorySizes> {
    return {
      dataDirBytes: await sizeOfFiles(this.options.disk, this.directories.snapshots),
      dataLogDirBytes: await sizeOfFiles(this.options.disk, this.directories.logs),
    };
  }

  /** Commits what is left, waits for a snapshot or a purge under way, and gives the directories back. */
  async close(): Promise<void> {
    await this.log.close();
    await this.snapshotting?.catch(() => undefined);
    await this.purging?.catch(() => undefined);
    if (!this.log.hasFailed) this.mark(this.log.durableZxid);
    await this.marking;
    await this.lock.release();
  }

  /** What recovery, which only reads, has left to be done. */
  private async tidyUp(recovery: Recovery): Promise<void> {
    const { disk } = this.options;
    await this.secure(recovery);
    await removeUnfinished(disk, this.directories);
    for (const name of recovery.unstarted) await disk.unlink(`${this.directories.logs}/${name}`);
    if (recovery.unstarted.length > 0) await disk.syncDirectory(this.directories.logs);
    this.mark(recovery.lastZxid);
    await this.marking;
    // Without any snapshot the next start would have to refuse whatever is logged from now on.
    if (recovery.snapshot === null) await this.capture(recovery.tree, recovery.sessions);
    else if (recovery.replayedTxns > 0) this.snapshotInBackground(recovery.tree, recovery.sessions);
  }

  /**
   * A process that was killed, or whose sync failed, leaves what it wrote last in the memory of the system, where recovery
   * finds it and a power loss does not. What is served, and what later transactions follow, must be on the device. After
   * a failed sync the system takes what it holds for saved: only what is written again is sure to be.
   */
  private async secure({ lastLog, isKnownDurable }: Recovery): Promise<void> {
    if (isKnownDurable) return;
    const { disk } = this.options;
    const { snapshots, logs } = this.directories;
    if (lastLog !== null) await rewrite(disk, `${logs}/${lastLog}`);
    for (const directory of new Set([snapshots, logs])) await disk.syncDirectory(directory);
  }

  private snapshotInBackground(tree: DataTree, sessions: SessionList): void {
    this.capture(tree, sessions).catch((error: unknown) => {
      // The logs hold everything: the next snapshot may fare better.
      this.options.events.warned(
        `a snapshot could not be written: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
  }

  private capture(tree: DataTree, sessions: SessionList): Promise<string> {
    const content = { tree: tree.beginSnapshot(), sessions: [...sessions] };
    const startMs = this.options.clock.monotonicMs();
    const { snapshotCompression: compression, digestEnabled, serializeLastProcessedZxid } = this.settings;
    const { disk } = this.options;
    const directory = this.directories.snapshots;
    const written = writeSnapshot(content, { disk, directory, compression, digestEnabled, serializeLastProcessedZxid });
    this.snapshotting = written.finally(() => {
      content.tree.close();
      this.snapshotting = null;
    });
    return this.snapshotting.then((file) => {
      const durationMs = this.options.clock.monotonicMs() - startMs;
      this.options.events.snapshotWritten?.({ file, zxid: content.tree.zxid, durationMs });
      return file;
    });
  }

  private logStarted(name: string, firstZxid: Zxid): void {
    this.lastLog = name;
    // Acknowledged without a sync is not known to be on the device, and the marker must not run ahead of that.
    if (this.settings.forceSync) this.mark(firstZxid);
  }

  private mark(lastZxid: Zxid): void {
    const marker = { lastZxid, lastLog: this.lastLog };
    const { disk, events } = this.options;
    this.marking = this.marking.then(() =>
      writeMarker(disk, this.directories.logs, marker).catch((error: unknown) => {
        events.warned(`the marker of the last transaction could not be written: ${String(error)}`);
      }),
    );
  }
}
