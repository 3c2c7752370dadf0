import { counterOf, formatZxid, type Zxid } from '../../protocol/zxid.js';
import type { DataDirectories } from './data-dir.js';
import type { Disk } from './disk.js';
import { logsAmong, snapshotsAmong } from './file-names.js';
import { carryOut, isEmptyChange, type HistoryChange } from './history-change.js';
import type { MarkerKeeper, MarkerState } from './marker-keeper.js';
import { recover, recoverUpTo, type Recovery, type RecoveryOptions } from './recovery.js';
import { writeUnfinished, type SnapshotContent } from './snapshot-writer.js';
import { isOutdated, readMarker, writeMarker } from './state-marker.js';
import { StorageError } from './storage-error.js';
import type { StorageSettings } from './storage-options.js';

/** Carries out what a crash has interrupted, before anything else is read. */
export async function finishHistoryChange(disk: Disk, directories: DataDirectories): Promise<void> {
  const marker = await readMarker(disk, directories.logs);
  if (marker === null || marker.change === null || (await isOutdated(marker, disk, directories.snapshots))) return;
  // A process that was killed may have left it in the memory of the system only.
  await disk.syncDirectory(directories.logs);
  await carryOut(marker.change, disk, directories);
  await writeMarker(disk, directories.logs, { ...marker, change: null });
}

export interface HistoryKeeperOptions {
  readonly disk: Disk;
  readonly directories: DataDirectories;
  readonly settings: StorageSettings;
  readonly recovery: RecoveryOptions;
  readonly markers: MarkerKeeper;
}

/** Makes another history of what the directories hold. No log may be open, and no snapshot being written. */
export class HistoryKeeper {
  private readonly options: HistoryKeeperOptions;

  constructor(options: HistoryKeeperOptions) {
    this.options = options;
  }

  reload(): Promise<Recovery> {
    return recover(this.options.recovery);
  }

  /**
   * Forgets everything behind a transaction. Rejects with CANNOT_TRUNCATE, and has changed nothing, when the files
   * do not say for certain what there was right after it.
   */
  async truncate(zxid: Zxid): Promise<Recovery> {
    const recovery = await this.upTo(zxid);
    const { lastLog, change } = await this.withoutWhatFollows(zxid, recovery);
    const { lastZxid } = recovery;
    if (!isEmptyChange(change)) await this.change(change, { lastZxid, lastLog });
    return recovery;
  }

  /** Makes a snapshot all that there is; resolves to its file's name. */
  async install(content: SnapshotContent): Promise<string> {
    const { disk, directories, settings } = this.options;
    const name = await writeUnfinished(content, {
      disk,
      directory: directories.snapshots,
      compression: settings.snapshotCompression,
      // Without it a reader finds out by itself where a mixture, which a leader may have sent, ends.
      digestEnabled: false,
      serializeLastProcessedZxid: false,
    });
    await disk.syncDirectory(directories.snapshots);
    const { logs, snapshots } = await this.files();
    const change = { snapshot: name, snapshots: snapshots.filter((each) => each !== name), logs, cut: null };
    await this.change(change, { lastZxid: content.tree.zxid, lastLog: null });
    return name;
  }

  private async upTo(zxid: Zxid): Promise<Recovery> {
    try {
      return await recoverUpTo(zxid, this.options.recovery);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      throw this.cannotTruncate(zxid, error.message, error);
    }
  }

  private async withoutWhatFollows(
    zxid: Zxid,
    recovery: Recovery,
  ): Promise<{ lastLog: string | null; change: HistoryChange }> {
    const { disk, directories } = this.options;
    const logs = logsAmong(await disk.list(directories.logs)).reverse();
    const snapshots = snapshotsAmong(await disk.list(directories.snapshots));
    const base = snapshots.find(({ name }) => name === recovery.snapshot);
    const following = recovery.following ?? logs.findLast((log) => log.zxid > zxid)?.zxid ?? null;
    const { lastZxid, cut } = recovery;
    // Right before an epoch is right behind whatever came before it, if that epoch is what follows.
    const isThere = lastZxid === zxid || (lastZxid < zxid && counterOf(zxid) === 0 && following === zxid + 1);
    if (base === undefined) throw this.cannotTruncate(zxid, 'there is no snapshot to begin with');
    if (!isThere) {
      throw this.cannotTruncate(zxid, `0x${formatZxid(lastZxid)} is the last transaction before it that is there`);
    }
    const removed = new Set([...recovery.unstarted, ...logs.filter((log) => log.zxid > zxid).map(({ name }) => name)]);
    const kept = logs.filter(({ name }) => !removed.has(name));
    return {
      lastLog: kept[0]?.name ?? null,
      change: {
        snapshot: null,
        // Also those before it that could not be used: what makes them unusable is about to be forgotten.
        snapshots: snapshots.filter((each) => each.zxid > base.zxid).map(({ name }) => name),
        logs: [...removed],
        cut: cut !== null && kept[0]?.name === cut.log && (await this.isLonger(cut)) ? cut : null,
      },
    };
  }

  private async isLonger({ log, sizeBytes }: { log: string; sizeBytes: number }): Promise<boolean> {
    const entry = await this.options.disk.stat(`${this.options.directories.logs}/${log}`);
    return entry !== null && entry.sizeBytes > sizeBytes;
  }

  /** Durably: up to the first marker nothing has changed, from then on a start completes it. */
  private async change(change: HistoryChange, after: Omit<MarkerState, 'change'>): Promise<void> {
    const { markers, disk, directories } = this.options;
    await markers.put({ ...after, change });
    await carryOut(change, disk, directories);
    await markers.put({ ...after, change: null });
  }

  private async files(): Promise<{ snapshots: string[]; logs: string[] }> {
    const { disk, directories } = this.options;
    const snapshots = snapshotsAmong(await disk.list(directories.snapshots)).map(({ name }) => name);
    const logs = logsAmong(await disk.list(directories.logs)).map(({ name }) => name);
    return { snapshots, logs: logs.reverse() };
  }

  private cannotTruncate(zxid: Zxid, what: string, cause?: unknown): StorageError {
    return new StorageError({
      code: 'CANNOT_TRUNCATE',
      file: this.options.directories.logs,
      what: `the log cannot be cut back to 0x${formatZxid(zxid)}: ${what}`,
      cause,
    });
  }
}
