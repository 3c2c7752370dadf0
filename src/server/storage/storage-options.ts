import type { Clock } from '../../runtime/clock.js';
import type { Random } from '../../runtime/random.js';
import type { Disk } from './disk.js';
import type { StorageEvents } from './storage-events.js';

export type SnapshotCompression = '' | 'gz' | 'snappy';

export interface StorageOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: StorageEvents;
  /** Snapshots lie in `<dataDir>/version-2`. */
  readonly dataDir: string;
  /** Logs lie in `<dataLogDir>/version-2`. Default: `dataDir`. */
  readonly dataLogDir?: string;
  /** Must be the same wherever the data are ever loaded: without it the owner of a TTL node is taken for a session. */
  readonly extendedTypesEnabled: boolean;
  /**
   * The server is a member of an ensemble: what its log holds need not be committed, so nothing recovered is written into a
   * snapshot, and epochs are kept. Default: false.
   */
  readonly ensemble?: boolean;
  readonly settings?: Partial<StorageSettings>;
}

/** The tunables of storage, under the names of zoo.cfg where it has them. */
export interface StorageSettings {
  /** A new log and a snapshot after a random number of transactions in (half, all] of this. Below 2 counts as 2. */
  readonly snapCount: number;
  /** The same by bytes logged; 0 or less: never. */
  readonly snapSizeLimitBytes: number;
  /** A new log, without a snapshot, once a file is larger; 0 or less: never. */
  readonly txnLogSizeLimitBytes: number;
  /** Most bytes of zeros written ahead of the log's end; 0: none. */
  readonly preAllocBytes: number;
  /** False acknowledges what the device may not have yet. */
  readonly forceSync: boolean;
  /** A slower sync is reported. */
  readonly syncWarningThresholdMs: number;
  /** Longest log entry: what other servers refuse to read must not be written. */
  readonly entryBytesMax: number;
  readonly snapshotCompression: SnapshotCompression;
  readonly digestEnabled: boolean;
  readonly serializeLastProcessedZxid: boolean;
  /** Start from logs alone, as ZooKeeper 3.4 left them. For one start only. */
  readonly snapshotTrustEmpty: boolean;
  readonly dataDirAutocreate: boolean;
  /** Snapshots that purging keeps, with the logs they need; at least 3. */
  readonly snapRetainCount: number;
  /** So many of the last entries are kept at a recovery in an ensemble. */
  readonly commitLogCount: number;
}

export const STORAGE_DEFAULTS: StorageSettings = {
  snapCount: 100_000,
  snapSizeLimitBytes: 4_194_304 * 1024,
  txnLogSizeLimitBytes: 0,
  preAllocBytes: 65_536 * 1024,
  forceSync: true,
  syncWarningThresholdMs: 1000,
  entryBytesMax: 2_097_150,
  snapshotCompression: '',
  digestEnabled: true,
  serializeLastProcessedZxid: true,
  snapshotTrustEmpty: false,
  dataDirAutocreate: true,
  snapRetainCount: 3,
  commitLogCount: 500,
};
