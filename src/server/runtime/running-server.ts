import type { Zxid } from '../../protocol/zxid.js';
import type { StorageError } from '../storage/storage-error.js';
import type { ServerMode } from '../words/server-info.js';
import type { ServerAddress } from './client-ports.js';

/** A server that runs, alone or as a member of an ensemble. */
export interface RunningServer {
  /** Settles when the server can no longer do its duty (its log failed) and has stopped serving. */
  readonly failed: Promise<StorageError>;
  /** The plain port for clients; null when the configuration has none. */
  readonly clientAddress: ServerAddress | null;
  readonly secureClientAddress: ServerAddress | null;
  /** False while it starts or stops, and while it has no leader. */
  readonly isServing: boolean;
  /** What it is; null while it does not serve. */
  readonly mode: ServerMode | null;
  /** The last transaction that this server has applied, committed or not; 0 before any. */
  readonly lastZxid: Zxid;
  /** Digest of the tree as it is with {@link lastZxid}; null when digests are off, and before there is a tree. */
  readonly digest: bigint | null;
  /** Sessions that are open at this moment, as far as this server knows. */
  readonly sessionIds: bigint[];
  /** Ends a session as if its time were up: its ephemerals go, its connection is closed. False when this server cannot. */
  expireSession(sessionId: bigint): boolean;
  /** Stops listening, closes every connection, makes what was logged durable. Sessions stay for the next start. */
  stop(): Promise<void>;
}
