import type { ListenOptions, TlsServerOptions } from '../../runtime/index.js';
import type { ServerConfig } from '../config/server-config.js';
import { ClientPort } from '../net/client-port.js';
import type { ClientSocket, SocketOwner } from '../net/client-socket.js';
import type { FlushQueue } from '../net/flush-queue.js';
import type { ListenAddress } from '../zab/server-line.js';
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
  private owner: PortOwner | null = null;
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
    const { clientPort, clientPortAddress, secureClientPort, secureClientPortAddress } = this.config;
    this.owner = owner;
    if (clientPort !== null) await this.openPlain({ host: clientPortAddress, port: clientPort });
    if (secureClientPort !== null) await this.openSecure({ host: secureClientPortAddress, port: secureClientPort });
  }

  /** Clients come to the plain port elsewhere from here on; those that are there stay. Rejects like {@link open}. */
  async movePlain(to: ListenAddress): Promise<void> {
    void this.plainPort?.close();
    await this.openPlain(to);
  }

  /** The same for the secure port. */
  async moveSecure(to: ListenAddress): Promise<void> {
    void this.securePort?.close();
    await this.openSecure(to);
  }

  /** Stops accepting; resolves when every connection is gone. */
  async close(): Promise<void> {
    await Promise.all([this.plainPort, this.securePort].map(async (port) => port?.close()));
  }

  private async openPlain(at: ListenAddress): Promise<void> {
    this.plainPort = this.port();
    await this.plainPort.open({
      ...this.listenOptions(at),
      ...(this.config.clientPortUnification ? { tls: this.bothKinds() } : {}),
    });
  }

  private async openSecure(at: ListenAddress): Promise<void> {
    const tls = this.tlsOptions();
    this.securePort = this.port();
    await this.securePort.open({ ...this.listenOptions(at), tls });
  }

  private listenOptions({ host, port }: ListenAddress): ListenOptions {
    const { clientPortListenBacklog: backlog } = this.config;
    return { port, ...(host === null ? {} : { host }), ...(backlog > 0 ? { backlog } : {}) };
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

  private port(): ClientPort {
    const { config, deps, sockets, owner } = this;
    if (owner === null) throw new Error('the ports belong to nobody yet');
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
