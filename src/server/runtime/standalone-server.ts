import type { Zxid } from '../../protocol/zxid.js';
import { ZXID_NONE } from '../../protocol/zxid.js';
import type { Logger, Runtime, TlsServerOptions } from '../../runtime/index.js';
import type { ServerConfig } from '../config/server-config.js';
import { ClientPort } from '../net/client-port.js';
import type { ClientSocket } from '../net/client-socket.js';
import { FlushQueue } from '../net/flush-queue.js';
import type { Disk } from '../storage/disk.js';
import { ServerStorage } from '../storage/server-storage.js';
import type { StorageError } from '../storage/storage-error.js';
import { ServerStats } from '../words/server-stats.js';
import { AuthProviders } from '../auth/auth-providers.js';
import { FourLetterWords } from '../words/four-letter-words.js';
import { LiveServerInfo } from './live-server-info.js';
import { HouseKeeping } from './house-keeping.js';
import { PipelineOwner } from './pipeline-owner.js';
import type { ServerCore } from './server-core.js';
import { buildCore } from './server-core.js';
import { storageOptions } from './storage-wiring.js';

/** Bytes a client may leave unread before the server stops reading from it. */
const UNSENT_BYTES_MAX = 4 * 1024 * 1024;

export interface StandaloneServerDeps {
  readonly runtime: Runtime;
  readonly disk: Disk;
  readonly logger: Logger;
  /** TLS material for `secureClientPort`, and for a `clientPort` that serves both kinds. */
  readonly tls?: TlsServerOptions;
}

/** A port that a server listens on. */
export interface ServerAddress {
  readonly address: string;
  readonly port: number;
}

/**
 * Starts one server on its data directories; resolves when it serves. Rejects with a StorageError (directories) or with
 * the system's error of a port; nothing is left open then.
 */
export async function startStandaloneServer(
  config: ServerConfig,
  deps: StandaloneServerDeps,
): Promise<StandaloneServer> {
  const server = new StandaloneServer(config, deps);
  await server.start();
  return server;
}

/** One standalone server: storage, pipeline and ports, put together. */
export class StandaloneServer {
  /** Settles when the server can no longer do its duty (its log failed) and has stopped serving. */
  readonly failed: Promise<StorageError>;
  private readonly config: ServerConfig;
  private readonly deps: StandaloneServerDeps;
  private readonly sockets = new Set<ClientSocket>();
  private readonly stats = new ServerStats();
  private readonly flushQueue: FlushQueue;
  private reportFailure: (error: StorageError) => void = () => undefined;
  private storage: ServerStorage | null = null;
  private core: ServerCore | null = null;
  private houseKeeping: HouseKeeping | null = null;
  private plainPort: ClientPort | null = null;
  private securePort: ClientPort | null = null;
  private stopping: Promise<void> | null = null;

  constructor(config: ServerConfig, deps: StandaloneServerDeps) {
    this.config = config;
    this.deps = deps;
    this.flushQueue = new FlushQueue(deps.runtime.timers);
    this.failed = new Promise((resolve) => {
      this.reportFailure = resolve;
    });
  }

  async start(): Promise<void> {
    const { config, deps } = this;
    const { clock, random } = deps.runtime;
    const startedAtMs = clock.monotonicMs();
    this.storage = await ServerStorage.open(
      storageOptions(config, {
        ...deps,
        clock,
        random,
        failed: (error) => void this.fail(error),
        synced: (durationMs, txns) => this.stats.synced(durationMs, txns),
        snapshotWritten: (durationMs) => this.stats.snapshotWritten(durationMs),
      }),
    );
    this.stats.loaded(clock.monotonicMs() - startedAtMs, this.storage.recovered.replayedTxns);
    try {
      await this.serve(this.storage);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** The plain port; null when the configuration has none. */
  get clientAddress(): ServerAddress | null {
    return this.plainPort;
  }

  get secureClientAddress(): ServerAddress | null {
    return this.securePort;
  }

  get isServing(): boolean {
    return this.houseKeeping !== null && this.stopping === null;
  }

  /** The last transaction that this server has applied; 0 before any, and before it serves. */
  get lastZxid(): Zxid {
    return this.core?.parts.tree.lastProcessedZxid ?? ZXID_NONE;
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
    const core = buildCore(config, { ...deps, storage, authenticator, stats, outbox: this.flushQueue });
    this.core = core;
    const info = new LiveServerInfo({
      config,
      core,
      storage,
      stats,
      sockets: this.sockets,
      clock: deps.runtime.clock,
      server: this,
    });
    await this.openPorts(new PipelineOwner(core, deps.logger, new FourLetterWords(info)));
    this.houseKeeping = new HouseKeeping({ ...deps, config, core, storage });
    this.houseKeeping.start();
  }

  private async openPorts(owner: PipelineOwner): Promise<void> {
    const { config } = this;
    const backlog = config.clientPortListenBacklog > 0 ? { backlog: config.clientPortListenBacklog } : {};
    const unified = config.clientPortUnification;
    if (config.clientPort !== null) {
      this.plainPort = this.port(owner);
      const host = config.clientPortAddress;
      const tls = unified
        ? {
            tls: { ...this.tlsOptions(), plainTextToo: { detectionTimeoutMs: config.tls?.detectionTimeoutMs ?? 5000 } },
          }
        : {};
      await this.plainPort.open({ port: config.clientPort, ...(host === null ? {} : { host }), ...backlog, ...tls });
    }
    if (config.secureClientPort !== null) {
      this.securePort = this.port(owner);
      const host = config.secureClientPortAddress;
      await this.securePort.open({
        port: config.secureClientPort,
        ...(host === null ? {} : { host }),
        ...backlog,
        tls: this.tlsOptions(),
      });
    }
  }

  /** A port that was meant to be secure must never open without. */
  private tlsOptions(): TlsServerOptions {
    const { tls } = this.deps;
    if (tls === undefined) throw new TypeError('the configuration has a TLS port: pass its material as `tls`');
    return tls;
  }

  private port(owner: PipelineOwner): ClientPort {
    const { config, deps, sockets, stats, flushQueue } = this;
    return new ClientPort(
      {
        frameBytesMax: config.juteMaxBufferBytes,
        unsentBytesMax: UNSENT_BYTES_MAX,
        flushQueue,
        perAddressMax: config.maxClientCnxns,
        totalMax: config.maxCnxns,
        sessionlessTimeoutMs: config.sessionlessTimeoutMs,
      },
      {
        ...deps,
        owner,
        sockets,
        linkClosed: (socket) => owner.closed(socket),
        rejected: () => stats.counters.connection_rejected++,
        sessionless: () => stats.counters.sessionless_connections_expired++,
      },
    );
  }

  /** The log cannot be trusted any more: nobody gets another answer from this server. */
  private async fail(error: StorageError): Promise<void> {
    this.deps.logger.error(`Severe unrecoverable error: ${error.message}`, { error });
    this.core?.logDriver.fail();
    await this.stop();
    this.reportFailure(error);
  }

  private async shutDown(): Promise<void> {
    this.houseKeeping?.stop();
    const closing = [this.plainPort, this.securePort].map(async (port) => port?.close());
    // What was taken on is finished and answered; nothing more is read.
    for (const socket of this.sockets) socket.stopReading();
    await this.core?.logDriver.drained();
    for (const socket of this.sockets) socket.link.close();
    await Promise.all(closing);
    await this.storage?.close();
  }
}
