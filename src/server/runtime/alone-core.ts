import type { Zxid } from '../../protocol/zxid.js';
import type { Runtime } from '../../runtime/index.js';
import type { ServerConfig } from '../config/server-config.js';
import { OrderedWrites } from '../pipeline/ordered-writes.js';
import type { ServerStorage } from '../storage/server-storage.js';
import type { CommittedZxid, DurableZxid } from '../zab/durable.js';
import type { Outbox } from './log-driver.js';
import { LogDriver } from './log-driver.js';
import type { CoreDeps, ServerCore } from './server-core.js';
import { buildCore, orderingTools } from './server-core.js';

export interface AloneDeps extends CoreDeps {
  readonly runtime: Runtime;
  readonly storage: ServerStorage;
  readonly outbox: Outbox;
}

/** The core of a server that is alone. */
export interface AloneCore extends ServerCore<OrderedWrites> {
  readonly logDriver: LogDriver;
}

export function buildAloneCore(config: ServerConfig, deps: AloneDeps): AloneCore {
  const { runtime, storage, outbox } = deps;
  const logDriver = new LogDriver({
    log: storage,
    timers: runtime.timers,
    clock: runtime.clock,
    outbox,
    deliver: (durable) => core.deliver(aloneCommits(durable)),
  });
  const ordering = { ...orderingTools(config, deps), log: logDriver, ensemble: null };
  const core = buildCore<OrderedWrites>(config, deps, {
    traffic: logDriver,
    ordered: (writes) => writes,
    writePath: (tools) => new OrderedWrites(tools, ordering),
  });
  return { ...core, logDriver };
}

/** A quorum of one: what is on this server's device is decided. */
function aloneCommits(durable: DurableZxid): CommittedZxid {
  const zxid: Zxid = durable;
  return zxid as CommittedZxid;
}
