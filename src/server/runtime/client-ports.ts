import type { TlsServerOptions } from '../../runtime/index.js';
import type { ServerConfig } from '../config/server-config.js';
import { ClientPort } from '../net/client-port.js';
import type { ClientSocket, SocketOwner } from '../net/client-socket.js';
import type { FlushQueue } from '../net/flush-queue.js';
import type { ServerStats } from '../words/server-stats.js';
import type { ServerDeps } from './server-deps.js';

/** Bytes a client may leave unread before the server stops reading from it. */
const UNSENT_BYTES_MAX = 4 * 1024 * 1024;

/** A port that a server listens on. */
export interface ServerAddress {
  readonly address: string;
  readonly port: number;
}

/** Whom the sockets belong to. */
export interface PortOwner extends SocketOwner {
  /** The connection is gone. */
  closed(socket: ClientSocket): void;
}

export interface ClientPortsParts {
  readonly stats: ServerStats;
  readonly flushQueue: FlushQueue;
}

/** The ports of a server for clients, plain and secure, and who is connected to them. */
export class ClientPorts {
  readonly sockets = new Set<ClientSocket>();
  private readonly config: ServerConfig;
  private readonly deps: ServerDeps;
  private readonly parts: ClientPortsParts;
  private plainPort: ClientPort | null = null;
  private securePort: ClientPort | null = null;

  constructor(config: ServerConfig, deps: ServerDeps, parts: ClientPortsParts) {
    this.config = config;
    this.deps = deps;
    this.parts = parts;
  }

  /** The plain port; null when the configuration has none. */
  get plain(): ServerAddress | null {
    return this.plainPort;
  }

  get secure(): ServerAddress | null {
    return this.securePort;
  }

  /** Rejects with the system's error of a port. */
  async open(owner: PortOwner): Promise<void> {
    const { config } = this;
    const backlog = config.clientPortListenBacklog > 0 ? { backlog: config.clientPortListenBacklog } : {};
    if (config.clientPort !== null) {
      this.plainPort = this.port(owner);
      const host = config.clientPortAddress;
      await this.plainPort.open({
        port: config.clientPort,
        ...(host === null ? {} : { host }),
        ...backlog,
        ...(config.clientPortUnification ? { tls: this.bothKinds() } : {}),
      });
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

  /** Stops accepting; resolves when every connection is gone. */
  async close(): Promise<void> {
    await Promise.all([this.plainPort, this.securePort].map(async (port) => port?.close()));
  }

  private bothKinds(): TlsServerOptions {
    const detectionTimeoutMs = this.config.tls?.detectionTimeoutMs ?? 5000;
    return { ...this.tlsOptions(), plainTextToo: { detectionTimeoutMs } };
  }

  /** A port that was meant to be secure must never open without. */
  private tlsOptions(): TlsServerOptions {
    const { tls } = this.deps;
    if (tls === undefined) throw new TypeError('the configuration has a TLS port: pass its material as `tls`');
    return tls;
  }

  private port(owner: PortOwner): ClientPort {
    const { config, deps, sockets } = this;
    const { stats, flushQueue } = this.parts;
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
}
