import type { Zxid } from '../../protocol/zxid.js';
import type { Clock } from '../../runtime/index.js';
import type { Session } from '../sessions/session.js';
import type { SessionTable } from '../sessions/session-table.js';
import type { SessionTimeoutLimits } from '../sessions/session-timeout.js';
import type { AclChecker } from '../tree/acl-check.js';
import type { DataTree } from '../tree/data-tree.js';
import type { Preparer } from '../tree/prepare.js';
import type { Authenticator } from './authenticator.js';
import type { ClientLink } from './client-link.js';
import type { PipelineStats } from './pipeline-stats.js';
import type { TxnLog } from './txn-log.js';

export type ClientSession = Session<ClientLink>;

/** What the pipeline is put together from. */
export interface PipelineParts {
  readonly tree: DataTree;
  readonly preparer: Preparer;
  readonly access: AclChecker;
  readonly sessions: SessionTable<ClientLink>;
  readonly log: TxnLog;
  readonly authenticator: Authenticator;
  readonly clock: Clock;
  readonly stats: PipelineStats;
  /** Called after each transaction. */
  applied(zxid: Zxid): void;
  /** The next session id. */
  nextSessionId(): bigint;
  readonly timeoutLimits: SessionTimeoutLimits;
}
