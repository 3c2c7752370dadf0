import type { ServerConfig } from '../../../src/server/config/server-config.js';
import { parseServerConfig } from '../../../src/server/config/parse-server-config.js';
import { ClientLink } from '../../../src/server/pipeline/client-link.js';
import { Session } from '../../../src/server/sessions/session.js';
import type { ConnectionInfo, ServerInfo } from '../../../src/server/words/server-info.js';
import { ServerStats } from '../../../src/server/words/server-stats.js';
import { toZxid } from '../../../src/protocol/zxid.js';

/** Monotonic 860 000 ms is the moment 2026-11-21 19:21:54 UTC. */
const WALL_AT_START_MS = Date.UTC(2026, 10, 21, 19, 21, 54) - 860_000;

const silentTransport = { flushSoon: () => undefined, readOn: () => undefined, close: () => undefined };

/** A configuration as the recorded server had it. */
export function recordedConfig(...lines: string[]): ServerConfig {
  const text = [
    'tickTime=2000',
    'dataDir=/var/lib/zookeeper/data',
    'clientPort=24000',
    '4lw.commands.whitelist=*',
    ...lines,
  ];
  return parseServerConfig({ kind: 'file', path: 'zoo.cfg', text: text.join('\n') }, { baseDir: '/' });
}

/** A connection from this machine; `session` attaches one. */
export function connection(remotePort: number, session?: { id: bigint; timeoutMs: number }): ConnectionInfo {
  const peer = { remoteAddress: '127.0.0.1', remotePort, encrypted: false, certificateSubject: null };
  const link = new ClientLink(peer, silentTransport);
  const expiresAtMs = 880_000;
  if (session !== undefined) {
    link.sessionId = session.id;
    link.session = Object.assign(new Session<ClientLink>(session.id, session.timeoutMs), { owner: link, expiresAtMs });
  }
  return { link, interestOps: session === undefined ? 0 : 1, expiresAtMs };
}

/** A server that tells what the recorded standalone server told, unless `overrides` say otherwise. */
export function fakeServer(overrides: Partial<ServerInfo> = {}): ServerInfo {
  return {
    config: recordedConfig(),
    clientPort: 24000,
    secureClientPort: null,
    clock: { monotonicMs: () => 860_000, wallMs: () => WALL_AT_START_MS + 860_000 },
    startedAtMs: 797_135,
    isServing: true,
    mode: 'standalone',
    ensemble: null,
    localSessions: null,
    tree: {
      lastProcessedZxid: toZxid(0x19e),
      nodeCount: 15,
      ephemeralCount: 6,
      approximateDataSize: 213,
      ephemeralOwners: () => [],
    },
    sessions: { size: 4, buckets: () => [], values: () => [] },
    watches: {
      size: 6,
      counts: () => ({ connections: 2, paths: 3, watches: 4 }),
      byPath: () => [],
      byConnection: () => [],
    },
    stats: new ServerStats(),
    outstandingRequests: 0,
    connections: () => [],
    directorySizes: async () => ({ dataDirBytes: 67_109_337, dataLogDirBytes: 67_109_337 }),
    environment: () => [],
    descriptors: () => ({ open: 50, max: 20_000 }),
    digests: () => [],
    ...overrides,
  };
}

/** What `mntr` tells, line by line. */
export function monitorOf(text: string): Map<string, string> {
  const lines = text.trimEnd().split('\n');
  return new Map(lines.map((line) => line.split('\t') as [string, string]));
}
