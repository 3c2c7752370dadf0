import type { Clock } from '../../runtime/index.js';
import type { ServerConfig } from '../config/server-config.js';
import type { ClientSocket } from '../net/client-socket.js';
import type { DirectorySizes, ServerStorage } from '../storage/server-storage.js';
import { processDescriptors, processEnvironment } from '../words/process-info.js';
import type { ConnectionInfo, DescriptorCounts, ServerInfo, TreeDigest } from '../words/server-info.js';
import type { ServerStats } from '../words/server-stats.js';
import type { ServerCore } from './server-core.js';
import type { StandaloneServer } from './standalone-server.js';

const READ_INTEREST = 1;
const WRITE_INTEREST = 4;

export interface LiveServerParts {
  readonly config: ServerConfig;
  readonly core: ServerCore;
  readonly storage: ServerStorage;
  readonly stats: ServerStats;
  readonly sockets: ReadonlySet<ClientSocket>;
  readonly clock: Clock;
  readonly server: StandaloneServer;
}

/** What the four-letter words see of a running server. */
export class LiveServerInfo implements ServerInfo {
  readonly config: ServerConfig;
  readonly clock: Clock;
  readonly startedAtMs: number;
  readonly mode = 'standalone';
  readonly ensemble = null;
  readonly localSessions = null;
  readonly tree: ServerInfo['tree'];
  readonly sessions: ServerInfo['sessions'];
  readonly watches: ServerInfo['watches'];
  readonly stats: ServerStats;
  private readonly parts: LiveServerParts;

  constructor(parts: LiveServerParts) {
    this.parts = parts;
    this.config = parts.config;
    this.clock = parts.clock;
    this.startedAtMs = parts.clock.monotonicMs();
    this.tree = parts.core.parts.tree;
    this.sessions = parts.core.parts.sessions;
    this.watches = parts.core.pipeline.watches;
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

  get outstandingRequests(): number {
    return this.parts.core.pipeline.outstanding;
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
    return this.parts.core.digests.entries();
  }
}
