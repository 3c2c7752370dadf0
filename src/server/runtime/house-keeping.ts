import type { Logger, Runtime } from '../../runtime/index.js';
import type { ServerConfig } from '../config/server-config.js';
import type { ServerStorage } from '../storage/server-storage.js';
import { RepeatedTask } from './repeated-task.js';
import type { ServerCore } from './server-core.js';
import { SessionClock } from './session-clock.js';

const MINUTE_MS = 60_000;

export interface HouseKeepingDeps {
  readonly config: ServerConfig;
  readonly core: ServerCore;
  readonly storage: ServerStorage;
  readonly runtime: Runtime;
  readonly logger: Logger;
}

/**
 * What a server does by itself, over and over, while it plays a part: expire sessions and remove nodes whose time has come,
 * where that is its to decide, and purge old files.
 */
export class HouseKeeping {
  private readonly deps: HouseKeepingDeps;
  private readonly sessionClock: SessionClock;
  private readonly tasks: RepeatedTask[] = [];

  constructor(deps: HouseKeepingDeps) {
    this.deps = deps;
    const { config, runtime } = deps;
    this.sessionClock = new SessionClock(
      runtime,
      config.tickTimeMs,
      (nowMs) => void deps.core.pipeline.expireSessions(nowMs),
    );
    this.tasks.push(new RepeatedTask(runtime.timers, config.container.checkIntervalMs, () => this.sweep()));
    const { intervalMs } = config.autopurge;
    if (intervalMs > 0) this.tasks.push(new RepeatedTask(runtime.timers, intervalMs, () => this.purge()));
  }

  start(): void {
    this.sessionClock.start();
    for (const task of this.tasks) task.start();
    if (this.deps.config.autopurge.intervalMs > 0) void this.purge();
  }

  stop(): void {
    this.sessionClock.stop();
    for (const task of this.tasks) task.stop();
  }

  /** Containers that were emptied and TTL nodes past their time (client-protocol 4.5). */
  private sweep(): void {
    const { config, core, runtime } = this.deps;
    if (core.ordered === null) return;
    const { maxPerMinute, checkIntervalMs, maxNeverUsedIntervalMs } = config.container;
    const limit = Math.max(1, Math.floor((maxPerMinute * checkIntervalMs) / MINUTE_MS));
    const rules = { nowMs: runtime.clock.wallMs(), containerMaxNeverUsedMs: maxNeverUsedIntervalMs };
    for (const path of core.parts.tree.dueForRemoval(rules, limit)) core.ordered.reap(path);
  }

  private async purge(): Promise<void> {
    const { storage, logger } = this.deps;
    try {
      const removed = await storage.purge();
      if (removed.length > 0) logger.info(`Purged ${removed.length} old files`, { removed });
    } catch (error) {
      logger.warn('Purging old snapshots and logs failed', { error });
    }
  }
}
