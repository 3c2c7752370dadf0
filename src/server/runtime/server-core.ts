import type { Logger, Runtime } from '../../runtime/index.js';
import type { ServerConfig } from '../config/server-config.js';
import { Pacing } from '../net/pacing.js';
import type { Authenticator } from '../pipeline/authenticator.js';
import type { OrderingParts } from '../pipeline/ordering-parts.js';
import type { OrderedWrites } from '../pipeline/ordered-writes.js';
import type { LocalSessions, PipelineParts } from '../pipeline/pipeline-parts.js';
import type { PipelineStats } from '../pipeline/pipeline-stats.js';
import { RequestPipeline } from '../pipeline/request-pipeline.js';
import { SessionGuard } from '../pipeline/session-guard.js';
import type { WritePath, WriteTools } from '../pipeline/write-path.js';
import type { ServerStorage } from '../storage/server-storage.js';
import { AclChecker } from '../tree/acl-check.js';
import type { MemberGate } from '../tree/prepare-reconfig.js';
import { Preparer } from '../tree/prepare.js';
import { DigestLog } from '../words/digest-log.js';
import type { CommittedZxid } from '../zab/durable.js';
import type { ServerState } from './server-state.js';

export interface CoreDeps {
  readonly runtime: Pick<Runtime, 'clock'>;
  readonly logger: Logger;
  readonly storage: Pick<ServerStorage, 'snapshotIfDue' | 'lastLoggedZxid'>;
  readonly authenticator: Authenticator;
  readonly stats: PipelineStats;
  /** The tree and the sessions; the part that is built begins with them now. */
  readonly state: ServerState;
}

/** Who hears of clients' doings as they come, to decide when what was logged is synced. */
export interface Traffic {
  /** A client asks for a session. */
  connected(): void;
  /** A client has sent a request of whatever kind. */
  requested(): void;
  /** Nobody else has spoken lately: what there is to commit may be committed at once. */
  commitAtOnce(): void;
}

/** Everything between the ports and the disk, or the other servers, of a server that plays one part. */
export interface ServerCore<Writes extends WritePath = WritePath> {
  readonly parts: PipelineParts;
  readonly pipeline: RequestPipeline<Writes>;
  /** Null where another server puts writes in order. */
  readonly ordered: OrderedWrites | null;
  readonly traffic: Traffic;
  readonly pacing: Pacing;
  readonly digests: DigestLog;
  /** Everything up to here is decided: it is applied and answered. */
  deliver(upTo: CommittedZxid): void;
  /** The part ends: every client is sent away, and nobody is answered any more. */
  dispose(): void;
}

/** What is particular to a part. */
export interface Part<Writes extends WritePath> {
  readonly traffic: Traffic;
  /** The sessions of a part that only serves reads; absent for all others. */
  readonly readOnlySessions?: LocalSessions;
  /** As in {@link ServerCore}. */
  ordered(writes: Writes): OrderedWrites | null;
  writePath(tools: WriteTools): Writes;
}

/** Puts the core of a part together. */
export function buildCore<Writes extends WritePath>(
  config: ServerConfig,
  deps: CoreDeps,
  part: Part<Writes>,
): ServerCore<Writes> {
  const { state, storage } = deps;
  state.restart();
  const { tree, sessions } = state;
  const digests = new DigestLog();
  const parts: PipelineParts = {
    tree,
    access: accessOf(config),
    sessions,
    localSessions: part.readOnlySessions ?? state.localSessions,
    authenticator: deps.authenticator,
    clock: deps.runtime.clock,
    stats: deps.stats,
    serverId: state.serverId,
    isReadOnly: part.readOnlySessions !== undefined,
    applied: (zxid) => digests.applied(zxid, tree),
    caughtUp: () => pacing.speedUp(),
    expired: ({ id, timeoutMs }) => {
      deps.logger.info(`Expiring session 0x${BigInt.asUintN(64, id).toString(16)}`, { timeoutMs });
    },
    nextSessionId: () => state.sessionIds.next(),
    timeoutLimits: config,
  };
  const pipeline = new RequestPipeline(parts, (tools) => part.writePath(tools));
  const pacing = new Pacing(config.globalOutstandingLimit, () => pipeline.outstanding);
  return {
    parts,
    pipeline,
    ordered: part.ordered(pipeline.writes),
    traffic: part.traffic,
    pacing,
    digests,
    deliver: (upTo) => {
      pipeline.committed(upTo);
      // What others have agreed upon can be committed while this server's own log still waits: for its members to be written.
      if (upTo <= storage.lastLoggedZxid) storage.snapshotIfDue(tree, () => state.sessionList());
      pacing.speedUp();
    },
    dispose: () => pipeline.dispose(),
  };
}

/** What a server needs that puts writes in order, but the log they go to and the others. */
export function orderingTools(
  config: ServerConfig,
  { state, logger, members }: Pick<CoreDeps, 'state' | 'logger'> & { readonly members?: MemberGate },
): Pick<OrderingParts, 'preparer' | 'guard'> {
  const guard = new SessionGuard(state);
  const preparer = new Preparer({
    tree: state.tree,
    access: accessOf(config),
    sessions: guard,
    reconfigEnabled: config.reconfigEnabled,
    ...(members === undefined ? {} : { members }),
    enforceQuota: config.enforceQuota,
    containerMaxNeverUsedMs: config.container.maxNeverUsedIntervalMs,
    entryBytesMax: config.juteMaxBufferBytes + config.juteMaxBufferExtraBytes,
    onQuotaExceeded: (warning) => logger.warn(`Quota exceeded: ${warning.prefix}`, { ...warning }),
  });
  return { preparer, guard };
}

function accessOf(config: ServerConfig): AclChecker {
  return new AclChecker({
    skipAcl: config.skipAcl,
    extraSchemes: [...config.auth.extraSchemes],
    anySaslUserId: null,
    x509SuperUser: config.auth.x509SuperUser,
  });
}
