import type { Clock, Logger, Random } from '../../runtime/index.js';
import type { ServerConfig } from '../config/server-config.js';
import type { Disk } from '../storage/disk.js';
import { ServerStorage } from '../storage/server-storage.js';
import type { StorageError } from '../storage/storage-error.js';
import type { StorageOptions } from '../storage/storage-options.js';
import type { ServerStats } from '../words/server-stats.js';
import type { ServerDeps } from './server-deps.js';

const KIB = 1024;

export interface StorageWiring {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly failed: (error: StorageError) => void;
  readonly synced: (durationMs: number, txns: number) => void;
  readonly snapshotWritten: (durationMs: number) => void;
}

/** What the configuration says about storage, and where storage's news go. */
export function storageOptions(config: ServerConfig, wiring: StorageWiring): StorageOptions {
  const { disk, clock, random, logger } = wiring;
  return {
    disk,
    clock,
    random,
    dataDir: config.dataDir,
    dataLogDir: config.dataLogDir,
    extendedTypesEnabled: config.extendedTypesEnabled,
    ensemble: config.ensemble !== null,
    settings: {
      snapCount: config.snapCount,
      snapSizeLimitBytes: config.snapSizeLimitKb * KIB,
      txnLogSizeLimitBytes: config.txnLogSizeLimitKb * KIB,
      preAllocBytes: config.preAllocSizeKb * KIB,
      forceSync: config.forceSync,
      syncWarningThresholdMs: config.fsyncWarningThresholdMs,
      entryBytesMax: config.juteMaxBufferBytes + config.juteMaxBufferExtraBytes,
      snapshotCompression: config.snapshotCompression,
      digestEnabled: config.digestEnabled,
      serializeLastProcessedZxid: config.serializeLastProcessedZxid,
      snapshotTrustEmpty: config.snapshotTrustEmpty,
      dataDirAutocreate: config.dataDirAutocreate,
      snapRetainCount: config.autopurge.snapRetainCount,
      ...(config.ensemble === null ? {} : { commitLogCount: config.ensemble.commitLogCount }),
    },
    events: {
      warned: (message) => logger.warn(message),
      failed: wiring.failed,
      syncSlow: ({ durationMs, file }) => {
        logger.warn(`fsync-ing the write ahead log took ${Math.round(durationMs)} ms`, { file });
      },
      synced: ({ durationMs, txns }) => wiring.synced(durationMs, txns),
      snapshotWritten: ({ file, durationMs }) => {
        logger.info('Snapshotting: written', { file, durationMs });
        wiring.snapshotWritten(durationMs);
      },
    },
  };
}

/** Opens a server's directories, and counts what becomes of them. `failed`: nothing can be relied on any more. */
export async function openStorage(
  config: ServerConfig,
  { runtime, disk, logger }: ServerDeps,
  { stats, failed }: { readonly stats: ServerStats; readonly failed: (error: StorageError) => void },
): Promise<ServerStorage> {
  const { clock, random } = runtime;
  const startedAtMs = clock.monotonicMs();
  const storage = await ServerStorage.open(
    storageOptions(config, {
      ...{ disk, clock, random, logger, failed },
      synced: (durationMs, txns) => stats.synced(durationMs, txns),
      snapshotWritten: (durationMs) => stats.snapshotWritten(durationMs),
    }),
  );
  stats.loaded(clock.monotonicMs() - startedAtMs, storage.recovered.replayedTxns);
  return storage;
}
