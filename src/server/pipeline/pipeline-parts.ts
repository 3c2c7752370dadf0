import type { Zxid } from '../../protocol/zxid.js';
import type { Clock } from '../../runtime/index.js';
import type { Session } from '../sessions/session.js';
import type { SessionTable } from '../sessions/session-table.js';
import type { SessionTimeoutLimits } from '../sessions/session-timeout.js';
import type { AclChecker } from '../tree/acl-check.js';
import type { DataTree } from '../tree/data-tree.js';
import type { Authenticator } from './authenticator.js';
import type { ClientLink } from './client-link.js';
import type { PipelineStats } from './pipeline-stats.js';

export type ClientSession = Session<ClientLink>;
export type ClientSessions = SessionTable<ClientLink>;

/** What every pipeline is put together from, whatever becomes of the writes. */
export interface PipelineParts {
  readonly tree: DataTree;
  readonly access: AclChecker;
  /** Those that every server knows. */
  readonly sessions: ClientSessions;
  readonly localSessions: LocalSessions;
  readonly authenticator: Authenticator;
  readonly clock: Clock;
  readonly stats: PipelineStats;
  /** Of this server in its ensemble. */
  readonly serverId: number;
  /** Only clients that are content with reads are let in, and they are told (client-protocol 10.4). */
  readonly isReadOnly: boolean;
  /** Called after each transaction. */
  applied(zxid: Zxid): void;
  /** Called when something was answered that had waited, and not for a commit. */
  caughtUp(): void;
  /** Called when a session's time is up. */
  expired(session: ClientSession): void;
  /** The next session id. */
  nextSessionId(): bigint;
  readonly timeoutLimits: SessionTimeoutLimits;
}

/** Sessions that no other server knows of (client-protocol 10.6). */
export interface LocalSessions {
  readonly table: ClientSessions;
  /** New sessions are local. */
  readonly isEnabled: boolean;
  /** A session that creates an ephemeral node becomes known to all; otherwise it is refused. */
  readonly isUpgradingEnabled: boolean;
}
