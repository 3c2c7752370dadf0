import type { Zxid } from '../../protocol/zxid.js';
import type { Clock } from '../../runtime/index.js';
import type { ServerConfig } from '../config/server-config.js';
import type { ClientLink } from '../pipeline/client-link.js';
import type { ExpiryBucket } from '../sessions/session-table.js';
import type { WatchCounts } from '../watches/watch-table.js';
import type { ServerStats } from './server-stats.js';

/** One client connection, with or without a session. */
export interface ConnectionInfo {
  readonly link: ClientLink;
  /** 1 while the server reads from it, 4 more while it waits to write to it. */
  readonly interestOps: number;
  /** Monotonic ms at which it is closed if it stays silent. */
  readonly expiresAtMs: number;
}

/** The tree, as far as the words look at it. */
export interface TreeInfo {
  readonly lastProcessedZxid: Zxid;
  readonly nodeCount: number;
  readonly ephemeralCount: number;
  readonly approximateDataSize: number;
  ephemeralOwners(): Iterable<readonly [bigint, Iterable<string>]>;
}

/** The sessions, as far as the words look at them. */
export interface SessionsInfo {
  readonly size: number;
  buckets(): readonly ExpiryBucket[];
}

/** The watches, as far as the words look at them. */
export interface WatchesInfo {
  /** All watches. */
  readonly size: number;
  counts(): WatchCounts;
  byPath(): Iterable<readonly [string, Iterable<ClientLink>]>;
  byConnection(): Iterable<readonly [ClientLink, Iterable<string>]>;
}

/** Files this process has open, and how many it may have; -1 where the system does not tell. */
export interface DescriptorCounts {
  readonly open: number;
  readonly max: number;
}

/** The tree digest at a zxid. */
export interface TreeDigest {
  readonly zxid: Zxid;
  readonly digest: bigint;
}

/** Everything the four-letter words tell about a server; implemented by whoever puts the server together. */
export interface ServerInfo {
  readonly config: ServerConfig;
  /** Ports in use; null where none is open. */
  readonly clientPort: number | null;
  readonly secureClientPort: number | null;
  readonly clock: Clock;
  /** Monotonic ms. */
  readonly startedAtMs: number;
  /** False while it starts or stops. */
  readonly isServing: boolean;
  readonly tree: TreeInfo;
  readonly sessions: SessionsInfo;
  readonly watches: WatchesInfo;
  readonly stats: ServerStats;
  /** Requests taken and not yet answered, over all connections. */
  readonly outstandingRequests: number;
  connections(): Iterable<ConnectionInfo>;
  /** Bytes of the files in each directory. */
  directorySizes(): Promise<{ readonly dataDirBytes: number; readonly dataLogDirBytes: number }>;
  /** Key and value, in the order to print them. */
  environment(): readonly (readonly [string, string])[];
  descriptors(): DescriptorCounts;
  /** Oldest first. */
  digests(): Iterable<TreeDigest>;
}
