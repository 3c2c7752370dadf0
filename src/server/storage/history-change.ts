import type { DataDirectories } from './data-dir.js';
import type { Disk } from './disk.js';
import { unfinishedName } from './file-names.js';
import { StorageError } from './storage-error.js';

/**
 * What makes one history of a directory into another: truncating the log, taking over a received snapshot.
 * It takes several steps on the disk, so it is written down as a whole in the state marker first. From then on
 * the new history counts: a start that finds it there carries it out, however often a crash comes. It names files one by one, so
 * that it never touches what came later.
 */
export interface HistoryChange {
  /** A snapshot that was written under its unfinished name gets its own. */
  readonly snapshot: string | null;
  /** Names of snapshots to be deleted. */
  readonly snapshots: readonly string[];
  /** Names of logs to be deleted, newest first. */
  readonly logs: readonly string[];
  /** The log that is shortened, and how long it will be. */
  readonly cut: { readonly log: string; readonly sizeBytes: number } | null;
}

/** Nothing would be different. */
export function isEmptyChange({ snapshot, snapshots, logs, cut }: HistoryChange): boolean {
  return snapshot === null && snapshots.length === 0 && logs.length === 0 && cut === null;
}

/** Resolves when all of it is on the device. What an earlier attempt has done already is left as it is. */
export async function carryOut(change: HistoryChange, disk: Disk, directories: DataDirectories): Promise<void> {
  const { snapshots, logs } = directories;
  if (change.snapshot !== null) await adopt(change.snapshot, disk, snapshots);
  for (const name of change.snapshots) await remove(disk, `${snapshots}/${name}`);
  for (const name of change.logs) await remove(disk, `${logs}/${name}`);
  if (change.cut !== null) await shorten(disk, `${logs}/${change.cut.log}`, change.cut.sizeBytes);
  for (const directory of new Set([snapshots, logs])) await disk.syncDirectory(directory);
}

async function adopt(name: string, disk: Disk, directory: string): Promise<void> {
  const from = `${directory}/${unfinishedName(name)}`;
  const to = `${directory}/${name}`;
  if ((await disk.stat(from)) !== null) {
    await disk.rename(from, to);
    // A server of another kind that is started in the middle of it finds this one, or what there was before.
    await disk.syncDirectory(directory);
  } else if ((await disk.stat(to)) === null) {
    throw new StorageError({
      code: 'INCOMPLETE',
      file: to,
      what: 'this snapshot, which the leader had sent, is gone, and it was all that this server had',
      advice: 'Put it back, or empty the directory: the leader then sends everything again',
    });
  }
}

async function remove(disk: Disk, path: string): Promise<void> {
  if ((await disk.stat(path)) !== null) await disk.unlink(path);
}

/**
 * Made anew even when it is short already: an attempt whose sync failed leaves it so in the memory of the system, which takes it for
 * saved, while the device may have all of it.
 */
async function shorten(disk: Disk, path: string, sizeBytes: number): Promise<void> {
  const file = await disk.openForUpdate(path);
  try {
    if ((await file.sizeBytes()) === sizeBytes) await file.truncate(sizeBytes + 1);
    if ((await file.sizeBytes()) > sizeBytes) await file.truncate(sizeBytes);
    await file.datasync();
  } finally {
    await file.close();
  }
}
