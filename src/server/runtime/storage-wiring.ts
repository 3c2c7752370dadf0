import type { Clock, Logger, Random } from '../../runtime/index.js';
import type { ServerConfig } from '../config/server-config.js';
import type { Disk } from '../storage/disk.js';
import type { StorageError } from '../storage/storage-error.js';
import type { StorageOptions } from '../storage/storage-options.js';

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
