import type { DataDirectories } from './data-dir.js';
import type { Disk } from './disk.js';
import { logsAmong, snapshotsAmong } from './file-names.js';
import { holdTransactions } from './log-replay.js';
import { looksWhole } from './snapshot-reader.js';

const RETAIN_COUNT_MIN = 3;

export interface PurgeOptions {
  readonly disk: Disk;
  readonly directories: DataDirectories;
  /** Below 3 counts as 3. */
  readonly snapRetainCount: number;
  readonly entryBytesMax: number;
}

/**
 * Deletes snapshots older than the newest few, and the logs that none of those needs (storage-format 1.5). Snapshots
 * that are visibly damaged do not count among the few, and without a good one nothing is deleted. Resolves to the
 * paths deleted.
 */
export async function purge(options: PurgeOptions): Promise<string[]> {
  const { disk, directories } = options;
  const snapshots = snapshotsAmong(await disk.list(directories.snapshots));
  const kept = [];
  for (const snapshot of snapshots) {
    if (kept.length === Math.max(options.snapRetainCount, RETAIN_COUNT_MIN)) break;
    if (await looksWhole(disk, directories.snapshots, snapshot)) kept.push(snapshot);
  }
  const oldest = kept.at(-1);
  if (oldest === undefined) return [];
  const deleted: string[] = [];
  for (const { name, zxid } of snapshots) {
    if (zxid < oldest.zxid) deleted.push(`${directories.snapshots}/${name}`);
  }
  deleted.push(...(await unneededLogs(options, oldest.zxid)));
  for (const path of deleted) await disk.unlink(path);
  return deleted;
}

/** All before the newest log that starts at or before the snapshot and holds anything. */
async function unneededLogs(options: PurgeOptions, zxid: number): Promise<string[]> {
  const directory = options.directories.logs;
  const logs = logsAmong(await options.disk.list(directory));
  let needed = logs.findLastIndex((log) => log.zxid <= zxid);
  while (needed > 0 && !(await holdTransactions({ ...options, directory, logs: logs.slice(needed, needed + 1) }))) {
    needed -= 1;
  }
  return logs.slice(0, Math.max(needed, 0)).map(({ name }) => `${directory}/${name}`);
}
