import { lockDirectories, prepareDirectories, removeUnfinished, type DataDirectories } from './data-dir.js';
import type { Disk, DiskLock } from './disk.js';
import { EpochFiles, readEpochs, type FoundEpochs } from './epoch-files.js';
import { finishHistoryChange } from './history-keeper.js';
import { recover, type Recovery, type RecoveryOptions } from './recovery.js';
import { rewrite } from './rewrite.js';
import { STORAGE_DEFAULTS, type StorageOptions, type StorageSettings } from './storage-options.js';

/** Directories that are this process's, and can be trusted. */
export interface OpenDirectories {
  readonly settings: StorageSettings;
  readonly directories: DataDirectories;
  readonly lock: DiskLock;
  readonly recovering: RecoveryOptions;
  readonly recovery: Recovery;
  /** Null outside an ensemble. */
  readonly epochs: FoundEpochs | null;
}

/**
 * Locks the directories and reads them. Rejects when they cannot be trusted, having given them back and changed nothing in them
 * (but for a change of history that had been decided before a crash).
 */
export async function openDirectories(options: StorageOptions): Promise<OpenDirectories> {
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
    await finishHistoryChange(disk, directories);
    const recovering = recoveryOptions(options, settings, directories);
    const recovery = await recover(recovering);
    const epochs = recovering.ensemble ? await readEpochs(disk, directories.snapshots, recovery.lastZxid) : null;
    return { settings, directories, lock, recovering, recovery, epochs };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** What recovery, which only reads, has left to be done: makes sure of what was found, and removes leftovers. */
export async function makeSure(disk: Disk, opened: OpenDirectories): Promise<EpochFiles | null> {
  const { recovery, directories, epochs } = opened;
  await secure(disk, recovery, directories);
  await removeUnfinished(disk, directories);
  for (const name of recovery.unstarted) await disk.unlink(`${directories.logs}/${name}`);
  if (recovery.unstarted.length > 0) await disk.syncDirectory(directories.logs);
  return epochs === null ? null : EpochFiles.open(disk, directories.snapshots, epochs);
}

/**
 * A process that was killed, or whose sync failed, leaves what it wrote last in the memory of the system, where recovery
 * finds it and a power loss does not. What is served, and what later transactions follow, must be on the device. After
 * a failed sync the system takes what it holds for saved: only what is written again is sure to be.
 */
async function secure(disk: Disk, { lastLog, isKnownDurable }: Recovery, directories: DataDirectories): Promise<void> {
  if (isKnownDurable) return;
  if (lastLog !== null) await rewrite(disk, `${directories.logs}/${lastLog}`);
  for (const directory of new Set([directories.snapshots, directories.logs])) await disk.syncDirectory(directory);
}

function recoveryOptions(
  options: StorageOptions,
  settings: StorageSettings,
  directories: DataDirectories,
): RecoveryOptions {
  const ensemble = options.ensemble ?? false;
  return {
    disk: options.disk,
    directories,
    treeOptions: {
      extendedTypesEnabled: options.extendedTypesEnabled,
      digestEnabled: settings.digestEnabled,
      hashSeed: options.random.bytes(4).readInt32BE(),
    },
    entryBytesMax: settings.entryBytesMax,
    snapshotTrustEmpty: settings.snapshotTrustEmpty,
    ensemble,
    tailCount: ensemble ? settings.commitLogCount : 0,
    warned: (message) => options.events.warned(message),
  };
}
