import type { Logger, Runtime } from '../../runtime/index.js';
import type { ServerConfig } from '../config/server-config.js';
import { Pacing } from '../net/pacing.js';
import type { Authenticator } from '../pipeline/authenticator.js';
import type { ClientLink } from '../pipeline/client-link.js';
import type { PipelineParts } from '../pipeline/pipeline-parts.js';
import type { PipelineStats } from '../pipeline/pipeline-stats.js';
import { RequestPipeline } from '../pipeline/request-pipeline.js';
import { SessionIds } from '../sessions/session-ids.js';
import { SessionTable } from '../sessions/session-table.js';
import type { ServerStorage, SessionList } from '../storage/server-storage.js';
import { AclChecker } from '../tree/acl-check.js';
import { Preparer } from '../tree/prepare.js';
import { DigestLog } from '../words/digest-log.js';
import type { Outbox } from './log-driver.js';
import { LogDriver } from './log-driver.js';
import { sessionGate } from './session-gate.js';

/** `serverId` of a server that is alone (client-protocol 2.4). */
const STANDALONE_SERVER_ID = 1;

export interface CoreDeps {
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly storage: ServerStorage;
  readonly authenticator: Authenticator;
  readonly stats: PipelineStats;
  readonly outbox: Outbox;
}

/** Everything between the ports and the disk. */
export interface ServerCore {
  readonly parts: PipelineParts;
  readonly pipeline: RequestPipeline;
  readonly pacing: Pacing;
  readonly logDriver: LogDriver;
  readonly digests: DigestLog;
  /** For snapshots. */
  sessionList(): SessionList;
}

/** Puts a server's core together on what was recovered from its directories. */
export function buildCore(config: ServerConfig, deps: CoreDeps): ServerCore {
  const { runtime, storage, stats, authenticator, logger, outbox } = deps;
  const { tree } = storage.recovered;
  const sessions = recoveredSessions(config, deps);
  const access = new AclChecker({
    skipAcl: config.skipAcl,
    extraSchemes: [...config.auth.extraSchemes],
    anySaslUserId: null,
    x509SuperUser: config.auth.x509SuperUser,
  });
  const preparer = new Preparer({
    tree,
    access,
    sessions: sessionGate(sessions),
    reconfigEnabled: config.reconfigEnabled,
    enforceQuota: config.enforceQuota,
    containerMaxNeverUsedMs: config.container.maxNeverUsedIntervalMs,
    entryBytesMax: config.juteMaxBufferBytes + config.juteMaxBufferExtraBytes,
    onQuotaExceeded: (warning) => logger.warn(`Quota exceeded: ${warning.prefix}`, { ...warning }),
  });
  const sessionIds = new SessionIds(STANDALONE_SERVER_ID, runtime.clock.wallMs());
  const digests = new DigestLog();
  const logDriver: LogDriver = new LogDriver({
    log: storage,
    timers: runtime.timers,
    clock: runtime.clock,
    outbox,
    deliver: (durable) => {
      pipeline.persisted(durable);
      storage.snapshotIfDue(tree, sessionList);
      pacing.speedUp();
    },
  });
  const parts: PipelineParts = {
    tree,
    preparer,
    access,
    sessions,
    log: logDriver,
    authenticator,
    clock: runtime.clock,
    stats,
    applied: (zxid) => digests.applied(zxid, tree),
    nextSessionId: () => sessionIds.next(),
    timeoutLimits: config,
  };
  const pipeline = new RequestPipeline(parts);
  const pacing = new Pacing(config.globalOutstandingLimit, () => pipeline.outstanding);
  const sessionList = (): SessionList => [...sessions.values()].map(({ id, timeoutMs }) => [id, timeoutMs] as const);
  return { parts, pipeline, pacing, logDriver, digests, sessionList };
}

/** After a restart every session has its full time again (client-protocol 10.1). */
function recoveredSessions(config: ServerConfig, { storage, runtime }: CoreDeps): SessionTable<ClientLink> {
  const sessions = new SessionTable<ClientLink>({ tickMs: config.tickTimeMs });
  const nowMs = runtime.clock.monotonicMs();
  for (const [id, timeoutMs] of storage.recovered.sessions) sessions.add(id, timeoutMs, nowMs);
  return sessions;
}
