import type { ServerConfig } from '../config/server-config.js';
import { LeaderRequests } from '../pipeline/leader-requests.js';
import type { LearnerParts } from '../pipeline/learner-writes.js';
import { LearnerWrites } from '../pipeline/learner-writes.js';
import { OrderedWrites } from '../pipeline/ordered-writes.js';
import type { EnsembleOrdering } from '../pipeline/ordering-parts.js';
import { ReadOnlyWrites } from '../pipeline/read-only-writes.js';
import type { TxnLog } from '../pipeline/txn-log.js';
import type { MemberGate } from '../tree/prepare-reconfig.js';
import type { CoreDeps, ServerCore, Traffic } from './server-core.js';
import { buildCore, orderingTools } from './server-core.js';

export interface LeaderDeps extends CoreDeps {
  readonly traffic: Traffic;
  /** Where transactions are proposed and logged. */
  readonly log: TxnLog;
  readonly ensemble: EnsembleOrdering;
  /** Where members are changed. Absent: nowhere. */
  readonly members?: MemberGate;
}

/** The core of an established leader. */
export interface LeaderCore extends ServerCore<OrderedWrites> {
  /** What learners ask. */
  readonly requests: LeaderRequests;
}

export function buildLeaderCore(config: ServerConfig, deps: LeaderDeps): LeaderCore {
  const { traffic, log, ensemble } = deps;
  const ordering = { ...orderingTools(config, deps), log, ensemble };
  const core = buildCore<OrderedWrites>(config, deps, {
    traffic,
    ordered: (writes) => writes,
    writePath: (tools) => new OrderedWrites(tools, ordering),
  });
  return { ...core, requests: new LeaderRequests(core.pipeline.tools, core.pipeline.writes) };
}

export interface LearnerDeps extends CoreDeps, LearnerParts {
  readonly traffic: Traffic;
}

/** The core of a follower or an observer that is up to date. */
export function buildLearnerCore(config: ServerConfig, deps: LearnerDeps): ServerCore<LearnerWrites> {
  return buildCore(config, deps, {
    traffic: deps.traffic,
    ordered: () => null,
    writePath: (tools) => new LearnerWrites(tools, deps),
  });
}

const NOTHING_IS_LOGGED: Traffic = {
  connected: () => undefined,
  requested: () => undefined,
  commitAtOnce: () => undefined,
};

/** The core of a server that has no leader, and serves what it has to whoever is content with that. */
export function buildReadOnlyCore(config: ServerConfig, deps: CoreDeps): ServerCore<ReadOnlyWrites> {
  return buildCore(config, deps, {
    traffic: NOTHING_IS_LOGGED,
    readOnlySessions: deps.state.readOnlySessions(),
    ordered: () => null,
    writePath: (tools) => new ReadOnlyWrites(tools),
  });
}
