import type { Zxid } from '../../protocol/zxid.js';
import type { Clock } from '../../runtime/index.js';
import type { ServerConfig } from '../config/server-config.js';
import type { ClientLink } from '../pipeline/client-link.js';
import type { ExpiryBucket } from '../sessions/session-table.js';
import type { QuorumConfig } from '../zab/quorum-config.js';
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
  /** When they expire; only a server that expires sessions is asked. */
  buckets(): readonly ExpiryBucket[];
  values(): Iterable<{ readonly id: bigint; readonly timeoutMs: number }>;
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

/** What a serving server is: a member without a quorum may serve reads, `read-only`. */
export type ServerMode = 'standalone' | 'leader' | 'follower' | 'observer' | 'read-only';

/** What a member of an ensemble tells beyond what every server does. */
export interface EnsembleInfo {
  /** The members in force. */
  readonly membership: QuorumConfig;
  /** Number of the server that is followed, or this one's; null without a leader. */
  readonly leaderSid: number | null;
  /** What only the leader knows; null on every other server. */
  readonly leading: LeadingInfo | null;
}

/** The learners, as the leader sees them, and what it sends them. */
export interface LeadingInfo {
  /** Monotonic ms at which it began to lead. */
  readonly sinceMs: number;
  /** Connected, whether they are up to date or not. */
  readonly learners: number;
  /** Voters that are up to date, without the leader. */
  readonly syncedFollowers: number;
  readonly syncedNonVotingFollowers: number;
  readonly syncedObservers: number;
  /** `sync` requests that wait. */
  readonly pendingSyncs: number;
  /** Bytes of proposals. */
  readonly proposalSizes: ProposalSizes;
}

/** Bytes of the latest, the smallest and the largest; -1 before the first. */
export interface ProposalSizes {
  readonly last: number;
  readonly min: number;
  readonly max: number;
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
  /** False while it starts or stops, and while it has no leader. */
  readonly isServing: boolean;
  /** Asked only while it serves. */
  readonly mode: ServerMode;
  /** Null = it runs alone. */
  readonly ensemble: EnsembleInfo | null;
  readonly tree: TreeInfo;
  readonly sessions: SessionsInfo;
  /** Sessions that only this server knows; null where there are no such sessions. */
  readonly localSessions: SessionsInfo | null;
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
