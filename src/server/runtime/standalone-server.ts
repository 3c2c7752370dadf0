import type { Zxid } from '../../protocol/zxid.js';
import { ZXID_NONE } from '../../protocol/zxid.js';
import type { ServerConfig } from '../config/server-config.js';
import { FlushQueue } from '../net/flush-queue.js';
import type { ServerStorage } from '../storage/server-storage.js';
import type { StorageError } from '../storage/storage-error.js';
import type { ServerMode } from '../words/server-info.js';
import { ServerStats } from '../words/server-stats.js';
import { AuthProviders } from '../auth/auth-providers.js';
import { FourLetterWords } from '../words/four-letter-words.js';
import { ClientPorts, type ServerAddress } from './client-ports.js';
import { LiveServerInfo } from './live-server-info.js';
import { HouseKeeping } from './house-keeping.js';
import { PipelineOwner } from './pipeline-owner.js';
import type { AloneCore } from './alone-core.js';
import { buildAloneCore } from './alone-core.js';
import { ServerState } from './server-state.js';
import type { RunningServer } from './running-server.js';
import type { ServerDeps } from './server-deps.js';
import { openStorage } from './storage-wiring.js';

/** Of a server that is alone (client-protocol 2.4). */
const ALONE_SERVER_ID = 1;

/**
 * Starts one server on its data directories; resolves when it serves. Rejects with a StorageError (directories) or with
 * the system's error of a port; nothing is left open then.
 */
export async function startStandaloneServer(config: ServerConfig, deps: ServerDeps): Promise<StandaloneServer> {
  const server = new StandaloneServer(config, deps);
  await server.start();
  return server;
}

/** One standalone server: storage, pipeline and ports, put together. */
export class StandaloneServer implements RunningServer {
  readonly ensemble = null;
  /** Settles when the server can no longer do its duty (its log failed) and has stopped serving. */
  readonly failed: Promise<StorageError>;
  private readonly config: ServerConfig;
  private readonly deps: ServerDeps;
  private readonly stats = new ServerStats();
  private readonly flushQueue: FlushQueue;
  private readonly ports: ClientPorts;
  private reportFailure: (error: StorageError) => void = () => undefined;
  private storage: ServerStorage | null = null;
  private core: AloneCore | null = null;
  private houseKeeping: HouseKeeping | null = null;
  private stopping: Promise<void> | null = null;

  constructor(config: ServerConfig, deps: ServerDeps) {
    this.config = config;
    this.deps = deps;
    this.flushQueue = new FlushQueue(deps.runtime.timers);
    this.ports = new ClientPorts(config, deps, { stats: this.stats, flushQueue: this.flushQueue });
    this.failed = new Promise((resolve) => {
      this.reportFailure = resolve;
    });
  }

  /**
   * Recovers the data, then opens the ports. Rejects like {@link startStandaloneServer}, after everything was closed
   * again. Once only.
   */
  async start(): Promise<void> {
    const { config, deps, stats } = this;
    this.storage = await openStorage(config, deps, { stats, failed: (error) => void this.fail(error) });
    try {
      await this.serve(this.storage);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** The plain port; null when the configuration has none. */
  get clientAddress(): ServerAddress | null {
    return this.ports.plain;
  }

  get secureClientAddress(): ServerAddress | null {
    return this.ports.secure;
  }

  get isServing(): boolean {
    return this.houseKeeping !== null && this.stopping === null;
  }

  get mode(): ServerMode | null {
    return this.isServing ? 'standalone' : null;
  }

  /** The last transaction that this server has applied; 0 before any, and before it serves. */
  get lastZxid(): Zxid {
    return this.core?.parts.tree.lastProcessedZxid ?? ZXID_NONE;
  }

  get digest(): bigint | null {
    const tree = this.core?.parts.tree;
    return tree?.options.digestEnabled === true ? tree.digest : null;
  }

  /** Sessions that are open at this moment. */
  get sessionIds(): bigint[] {
    return [...(this.core?.parts.sessions.values() ?? [])].map(({ id }) => id);
  }

  /** Ends a session as if its time were up: its ephemerals go, its connection is closed. False when there is none. */
  expireSession(sessionId: bigint): boolean {
    return this.core?.pipeline.endSession(sessionId) ?? false;
  }

  /** Stops listening, closes every connection, makes what was logged durable. Sessions stay for the next start. */
  stop(): Promise<void> {
    this.stopping ??= this.shutDown();
    return this.stopping;
  }

  private async serve(storage: ServerStorage): Promise<void> {
    const { config, deps, stats } = this;
    const authenticator = new AuthProviders(config.auth, stats.counters);
    const state = new ServerState(
      {
        serverId: ALONE_SERVER_ID,
        tickTimeMs: config.tickTimeMs,
        localSessionsEnabled: false,
        localSessionsUpgradingEnabled: false,
        clock: deps.runtime.clock,
      },
      storage.recovered,
    );
    const core = buildAloneCore(config, { ...deps, storage, authenticator, stats, state, outbox: this.flushQueue });
    this.core = core;
    const info = new LiveServerInfo({
      config,
      core: () => core,
      storage,
      stats,
      sockets: this.ports.sockets,
      clock: deps.runtime.clock,
      server: this,
    });
    const owner = new PipelineOwner(deps.logger, new FourLetterWords(info), stats);
    owner.serve(core);
    await this.ports.open(owner);
    this.houseKeeping = new HouseKeeping({ ...deps, config, core, storage });
    this.houseKeeping.start();
  }

  /** The log cannot be trusted any more: nobody gets another answer from this server. */
  private async fail(error: StorageError): Promise<void> {
    this.deps.logger.error(`Severe unrecoverable error: ${error.message}`, { error });
    this.core?.logDriver.fail();
    // What else cannot be done any more is told by this already.
    await this.stop().catch((cause: unknown) => {
      this.deps.logger.warn('The server has not stopped in order', { error: cause });
    });
    this.reportFailure(error);
  }

  private async shutDown(): Promise<void> {
    this.houseKeeping?.stop();
    const closing = this.ports.close();
    // What was taken on is finished and answered; nothing more is read.
    for (const socket of this.ports.sockets) socket.stopReading();
    await this.core?.logDriver.drained();
    for (const socket of this.ports.sockets) socket.link.close();
    await closing;
    await this.storage?.close();
  }
}
