import type { Clock } from '../../runtime/index.js';
import type { ServerConfig } from '../config/server-config.js';
import type { ClientSocket } from '../net/client-socket.js';
import type { DirectorySizes } from '../storage/data-dir.js';
import type { ServerStorage } from '../storage/server-storage.js';
import { processDescriptors, processEnvironment } from '../words/process-info.js';
import type {
  ConnectionInfo,
  DescriptorCounts,
  EnsembleInfo,
  ServerInfo,
  ServerMode,
  TreeDigest,
} from '../words/server-info.js';
import type { ServerStats } from '../words/server-stats.js';
import type { ServerCore } from './server-core.js';

const READ_INTEREST = 1;
const WRITE_INTEREST = 4;

/** The server, as far as what it has opened and plays goes. */
export interface LiveServer {
  readonly clientAddress: { readonly port: number } | null;
  readonly secureClientAddress: { readonly port: number } | null;
  readonly isServing: boolean;
  /** Null while it does not serve. */
  readonly mode: ServerMode | null;
  readonly ensemble: EnsembleInfo | null;
}

export interface LiveServerParts {
  readonly config: ServerConfig;
  /** What serves clients now; null while nobody is served. */
  readonly core: () => ServerCore | null;
  readonly storage: ServerStorage;
  readonly stats: ServerStats;
  readonly sockets: ReadonlySet<ClientSocket>;
  readonly clock: Clock;
  readonly server: LiveServer;
}

/** What the four-letter words see of a running server. */
export class LiveServerInfo implements ServerInfo {
  readonly config: ServerConfig;
  readonly clock: Clock;
  readonly startedAtMs: number;
  readonly stats: ServerStats;
  private readonly parts: LiveServerParts;

  constructor(parts: LiveServerParts) {
    this.parts = parts;
    this.config = parts.config;
    this.clock = parts.clock;
    this.startedAtMs = parts.clock.monotonicMs();
    this.stats = parts.stats;
  }

  get clientPort(): number | null {
    return this.parts.server.clientAddress?.port ?? null;
  }

  get secureClientPort(): number | null {
    return this.parts.server.secureClientAddress?.port ?? null;
  }

  get isServing(): boolean {
    return this.parts.server.isServing;
  }

  get mode(): ServerMode {
    return this.parts.server.mode ?? 'standalone';
  }

  get ensemble(): EnsembleInfo | null {
    return this.parts.server.ensemble;
  }

  get tree(): ServerInfo['tree'] {
    return this.core.parts.tree;
  }

  get sessions(): ServerInfo['sessions'] {
    return this.core.parts.sessions;
  }

  get localSessions(): ServerInfo['localSessions'] {
    const { isEnabled, table } = this.core.parts.localSessions;
    return isEnabled ? table : null;
  }

  get watches(): ServerInfo['watches'] {
    return this.core.pipeline.watches;
  }

  get outstandingRequests(): number {
    return this.parts.core()?.pipeline.outstanding ?? 0;
  }

  connections(): ConnectionInfo[] {
    const nowMs = this.clock.monotonicMs();
    return [...this.parts.sockets].map((socket) => ({
      link: socket.link,
      interestOps: (socket.isRead ? READ_INTEREST : 0) + (socket.hasUnsent ? WRITE_INTEREST : 0),
      expiresAtMs: socket.link.session?.expiresAtMs ?? nowMs + this.config.sessionlessTimeoutMs,
    }));
  }

  directorySizes(): Promise<DirectorySizes> {
    return this.parts.storage.sizes();
  }

  environment(): readonly (readonly [string, string])[] {
    return processEnvironment();
  }

  descriptors(): DescriptorCounts {
    return processDescriptors();
  }

  digests(): Iterable<TreeDigest> {
    return this.parts.core()?.digests.entries() ?? [];
  }

  /** The words ask for what it holds only while there is one. */
  private get core(): ServerCore {
    const core = this.parts.core();
    if (core === null) throw new Error('asked while the server does not serve');
    return core;
  }
}
