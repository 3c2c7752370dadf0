import type { Disk, DiskLock } from './disk.js';
import { VERSION_DIRECTORY, isUnfinished, logsAmong, snapshotsAmong } from './file-names.js';
import { StorageError } from './storage-error.js';

const LOCK_NAME = 'pinfold.lock';

/** Where a server's files are: the `version-2` directories themselves. */
export interface DataDirectories {
  readonly snapshots: string;
  /** The same as `snapshots` unless a dataLogDir is configured. */
  readonly logs: string;
}

export interface DirectoryOptions {
  readonly disk: Disk;
  readonly dataDir: string;
  readonly dataLogDir?: string | undefined;
  /** False refuses where a directory is missing. */
  readonly autocreate: boolean;
}

/** Finds or creates the directories, and refuses when they have been swapped or mixed up (storage-format 1.1). */
export async function prepareDirectories(options: DirectoryOptions): Promise<DataDirectories> {
  const directories = {
    snapshots: versionDirectory(options.dataDir),
    logs: versionDirectory(options.dataLogDir ?? options.dataDir),
  };
  for (const [key, path] of [
    ['dataDir', directories.snapshots],
    ['dataLogDir', directories.logs],
  ] as const) {
    await ensureDirectory(options, { key, path });
  }
  if (directories.snapshots !== directories.logs) await refuseMixed(options.disk, directories);
  return directories;
}

/** Takes both directories for this process. */
export async function lockDirectories(disk: Disk, { snapshots, logs }: DataDirectories): Promise<DiskLock> {
  const taken: DiskLock[] = [];
  for (const directory of new Set([snapshots, logs])) {
    const lock = await disk.lock(`${directory}/${LOCK_NAME}`);
    if (lock === null) {
      for (const each of taken) await each.release();
      throw new StorageError({
        code: 'LOCKED',
        file: directory,
        what: 'another pinfold server is using this directory',
        advice: 'Stop that server, or give this one a directory of its own',
      });
    }
    taken.push(lock);
  }
  return {
    release: async () => {
      for (const each of taken) await each.release();
    },
  };
}

/** Removes what interrupted writes left behind. */
export async function removeUnfinished(disk: Disk, { snapshots }: DataDirectories): Promise<void> {
  for (const name of await disk.list(snapshots)) {
    if (isUnfinished(name)) await disk.unlink(`${snapshots}/${name}`);
  }
}

export interface DirectorySizes {
  /** Bytes of the files in `<dataDir>/version-2`. */
  readonly dataDirBytes: number;
  /** The same of `<dataLogDir>/version-2`. */
  readonly dataLogDirBytes: number;
}

export async function sizesOf(disk: Disk, { snapshots, logs }: DataDirectories): Promise<DirectorySizes> {
  return { dataDirBytes: await sizeOfFiles(disk, snapshots), dataLogDirBytes: await sizeOfFiles(disk, logs) };
}

/** Bytes of the files that lie directly in a directory. */
async function sizeOfFiles(disk: Disk, directory: string): Promise<number> {
  let bytes = 0;
  for (const name of await disk.list(directory)) {
    const entry = await disk.stat(`${directory}/${name}`);
    if (entry !== null && !entry.isDirectory) bytes += entry.sizeBytes;
  }
  return bytes;
}

async function ensureDirectory(options: DirectoryOptions, { key, path }: { key: string; path: string }): Promise<void> {
  const entry = await options.disk.stat(path);
  if (entry?.isDirectory === true) return;
  const refuse = (what: string, advice: string, cause?: unknown): StorageError =>
    new StorageError({ code: 'DATA_DIR', file: path, what, advice, cause });
  if (entry !== null) throw refuse('this is a file, not a directory', `Set ${key} to another directory`);
  if (!options.autocreate) {
    throw refuse('the directory does not exist', 'Create it, or allow that with datadir.autocreate=true');
  }
  try {
    await options.disk.makeDirectories(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw refuse(`the directory cannot be created: ${reason}`, `Create it, or set ${key} to another one`, cause);
  }
}

async function refuseMixed(disk: Disk, { snapshots, logs }: DataDirectories): Promise<void> {
  const advice = 'Check dataDir and dataLogDir: they may be swapped';
  if (logsAmong(await disk.list(snapshots)).length > 0) {
    throw new StorageError({ code: 'DATA_DIR', file: snapshots, what: 'the snapshot directory has log files', advice });
  }
  if (snapshotsAmong(await disk.list(logs)).length > 0) {
    throw new StorageError({ code: 'DATA_DIR', file: logs, what: 'the log directory has snapshot files', advice });
  }
}

function versionDirectory(directory: string): string {
  return `${directory.replace(/\/+$/, '')}/${VERSION_DIRECTORY}`;
}
