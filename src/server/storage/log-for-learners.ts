import type { Zxid } from '../../protocol/zxid.js';
import { isDiskError } from './disk-error.js';
import { readEntries } from './entry-reader.js';
import { snapshotsAmong } from './file-names.js';
import type { LoggedEntry } from './log-replay.js';
import type { OpenDirectories } from './open-directories.js';
import { StorageError } from './storage-error.js';
import type { StorageOptions } from './storage-options.js';

/** Bytes of the newest snapshot's file; 0 without any. */
export async function newestSnapshotBytes(
  { disk }: Pick<StorageOptions, 'disk'>,
  { directories }: Pick<OpenDirectories, 'directories'>,
): Promise<number> {
  const newest = snapshotsAmong(await disk.list(directories.snapshots))[0];
  if (newest === undefined) return 0;
  return (await disk.stat(`${directories.snapshots}/${newest.name}`))?.sizeBytes ?? 0;
}

/** The entries behind `after` up to and with `upTo`, which is durable. Null when they are not all to be had. */
export async function entriesForLearner(
  { disk, events }: Pick<StorageOptions, 'disk' | 'events'>,
  { directories, settings }: Pick<OpenDirectories, 'directories' | 'settings'>,
  range: { readonly after: Zxid; readonly upTo: Zxid; readonly bytesMax: number },
): Promise<readonly LoggedEntry[] | null> {
  try {
    const snapshots = snapshotsAmong(await disk.list(directories.snapshots));
    const isSnapshot = snapshots.some(({ zxid }) => zxid === range.after);
    const source = { disk, directory: directories.logs, entryBytesMax: settings.entryBytesMax };
    return await readEntries(source, { ...range, isSnapshot });
  } catch (error) {
    if (!(error instanceof StorageError) && !isDiskError(error)) throw error;
    events.warned(`the log cannot be read for a learner: ${error.message}`);
    return null;
  }
}
