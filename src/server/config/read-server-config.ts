import { resolve } from 'node:path';
import type { ConfigProblem } from './config-error.js';
import type { ReadText } from './config-files.js';
import { isEnsemble, readEnsembleConfig } from './read-ensemble-config.js';
import type { EnsembleContext } from './read-ensemble-config.js';
import type { EnsembleConfig } from './ensemble-config.js';
import { readMembership } from './read-membership.js';
import type { Membership } from './read-membership.js';
import { readPorts } from './read-ports.js';
import type { OwnLine } from './read-ports.js';
import type { ServerConfig } from './server-config.js';
import { readAuthConfig } from './read-auth-config.js';
import { readTlsConfig } from './read-tls-config.js';
import { KNOWN_WORDS } from '../words/known-words.js';
import { Settings } from './settings.js';
import type { WrittenSetting } from './settings.js';

/** Options for reading a configuration. */
export interface ReadOptions {
  /** The file, or what else the settings come from. */
  readonly source: string;
  /** Directory that relative paths start from. */
  readonly baseDir: string;
  /** Unknown keys are errors. */
  readonly strict?: boolean;
  /** Absolute path of the file that the settings come from; null when there is none. */
  readonly configFile: string | null;
  /** Where files that the settings refer to are read. */
  readonly readText: ReadText;
}

/** Everything found out about one configuration. */
export interface ConfigReading {
  /** Null when there are problems. */
  readonly config: ServerConfig | null;
  /** In the order of the file. */
  readonly problems: readonly ConfigProblem[];
  /** One line each, for the log. */
  readonly warnings: readonly string[];
  /** @internal Every setting, with where it came from. */
  readonly settings: Settings;
}

const SNAPSHOTS_MIN = 3;
const LIMIT_MAX = 2147483647;

/** Checks settings, fills in defaults, and says all that is wrong or odd about them. */
export function readServerConfig(written: readonly WrittenSetting[], options: ReadOptions): ConfigReading {
  const settings = new Settings(written, { source: options.source, strict: options.strict ?? false });
  const config = buildConfig(settings, options);
  const problems = [...settings.problems].sort((left, right) => (left.line ?? LIMIT_MAX) - (right.line ?? LIMIT_MAX));
  return { config: problems.length === 0 ? config : null, problems, warnings: settings.warnings, settings };
}

function buildConfig(settings: Settings, options: ReadOptions): ServerConfig {
  const { baseDir } = options;
  const dataDir = settings.value('dataDir');
  if (dataDir === null && !settings.has('dataDir')) settings.refuse('dataDir', 'is not set; it must name a directory');
  const tickTimeMs = settings.required('tickTime');
  checkQuorumSasl(settings);
  const dataDirectory = resolve(baseDir, dataDir ?? '.');
  const members = readMembership(settings, options);
  const ensemble = readEnsemble(settings, members, { ...options, dataDir: dataDirectory, tickTimeMs });
  const ports = readPorts(settings, ownLine(members, ensemble));
  const speaksTls = ports.secureClientPort !== null || settings.required('client.portUnification');
  return Object.freeze({
    ensemble,
    dataDir: dataDirectory,
    dataLogDir: resolve(baseDir, settings.value('dataLogDir') ?? dataDir ?? '.'),
    dataDirAutocreate: settings.required('datadir.autocreate'),
    ...ports,
    clientPortListenBacklog: settings.required('clientPortListenBacklog'),
    tickTimeMs,
    ...readSessionTimeouts(settings, tickTimeMs),
    ...readLimits(settings),
    ...readStorage(settings),
    extendedTypesEnabled: settings.required('extendedTypesEnabled'),
    digestEnabled: settings.required('digest.enabled'),
    enforceQuota: settings.required('enforceQuota'),
    skipAcl: settings.required('skipACL'),
    reconfigEnabled: settings.required('reconfigEnabled'),
    container: {
      checkIntervalMs: settings.required('znode.container.checkIntervalMs'),
      maxPerMinute: settings.required('znode.container.maxPerMinute'),
      maxNeverUsedIntervalMs: settings.required('znode.container.maxNeverUsedIntervalMs'),
    },
    words: { whitelist: readWhitelist(settings), loopback: settings.required('4lw.commands.loopback') },
    auth: readAuthConfig(settings, ports.secureClientPort !== null),
    tls: speaksTls ? readTlsConfig(settings) : null,
    clientPortUnification: settings.required('client.portUnification'),
  });
}

function readLimits(settings: Settings) {
  const juteMaxBufferBytes = settings.required('jute.maxbuffer');
  const extra = Math.max(settings.value('jute.maxbuffer.extrasize') ?? juteMaxBufferBytes, 1024);
  return {
    maxClientCnxns: settings.required('maxClientCnxns'),
    maxCnxns: settings.required('maxCnxns'),
    sessionlessTimeoutMs: settings.required('nio.sessionlessCnxnTimeout'),
    globalOutstandingLimit: settings.required('globalOutstandingLimit'),
    juteMaxBufferBytes,
    juteMaxBufferExtraBytes: Math.min(extra, LIMIT_MAX - juteMaxBufferBytes),
  };
}

function readStorage(settings: Settings) {
  return {
    snapCount: settings.required('snapCount'),
    snapSizeLimitKb: settings.required('snapSizeLimitInKb'),
    txnLogSizeLimitKb: settings.required('txnLogSizeLimitInKb'),
    preAllocSizeKb: settings.required('preAllocSize'),
    forceSync: settings.required('forceSync'),
    fsyncWarningThresholdMs: settings.required('fsync.warningthresholdms'),
    snapshotTrustEmpty: settings.required('snapshot.trust.empty'),
    snapshotCompression: settings.required('snapshot.compression.method'),
    serializeLastProcessedZxid: settings.required('serializeLastProcessedZxid.enabled'),
    autopurge: {
      intervalMs: settings.required('autopurge.purgeInterval'),
      snapRetainCount: readSnapRetainCount(settings),
    },
  };
}

function readWhitelist(settings: Settings): string[] {
  const listed = settings.required('4lw.commands.whitelist');
  const unknown = listed.filter((word) => word !== '*' && !KNOWN_WORDS.includes(word));
  if (unknown.length > 0) settings.warn('4lw.commands.whitelist', `there is no word ${unknown.join(', ')}`);
  // A server that may become read-only must be able to say so to clients that look for a writable one.
  return settings.required('readonlymode.enabled') ? [...listed, 'isro'] : [...listed];
}

function readSnapRetainCount(settings: Settings): number {
  const count = settings.required('autopurge.snapRetainCount');
  if (count >= SNAPSHOTS_MIN) return count;
  settings.warn('autopurge.snapRetainCount', `is raised to ${String(SNAPSHOTS_MIN)}, the least that is safe`);
  return SNAPSHOTS_MIN;
}

/** Both limits default to multiples of the tick time; -1 stands for the default, as in ZooKeeper. */
function readSessionTimeouts(settings: Settings, tickTimeMs: number) {
  const written = (name: 'minSessionTimeout' | 'maxSessionTimeout') => {
    const value = settings.value(name);
    return value === null || value === -1 ? null : value;
  };
  const minSessionTimeoutMs = written('minSessionTimeout') ?? tickTimeMs * 2;
  const maxSessionTimeoutMs = written('maxSessionTimeout') ?? tickTimeMs * 20;
  if (minSessionTimeoutMs > maxSessionTimeoutMs) {
    const name = written('minSessionTimeout') === null ? 'maxSessionTimeout' : 'minSessionTimeout';
    const bounds = `minSessionTimeout (${String(minSessionTimeoutMs)} ms) must not be larger than maxSessionTimeout (${String(maxSessionTimeoutMs)} ms)`;
    settings.refuse(name, bounds);
  }
  return { minSessionTimeoutMs, maxSessionTimeoutMs };
}

/** Null: this server runs alone, or what is wrong has been reported. */
function readEnsemble(settings: Settings, members: Membership, context: EnsembleContext): EnsembleConfig | null {
  const together = isEnsemble(settings, members);
  if (together === true) return readEnsembleConfig(settings, members, context);
  const [only] = members.lines.keys();
  if (together === false && only !== undefined) {
    members.settings.warn(`server.${String(only)}`, 'only one server is listed: running standalone');
  }
  return null;
}

function ownLine({ lines }: Membership, ensemble: EnsembleConfig | null): OwnLine | null {
  const [only] = lines.keys();
  const sid = ensemble === null ? only : ensemble.sid;
  const line = sid === undefined || (ensemble === null && lines.size > 1) ? undefined : lines.get(sid);
  return sid === undefined || line === undefined ? null : { name: `server.${String(sid)}`, line };
}

/** The three switches build on each other, and a file that says otherwise is wrong for a single server too. */
function checkQuorumSasl(settings: Settings): void {
  const enabled = settings.value('quorum.auth.enableSasl') === true;
  const learner = settings.value('quorum.auth.learnerRequireSasl') === true;
  const server = settings.value('quorum.auth.serverRequireSasl') === true;
  if (learner && !enabled) settings.refuse('quorum.auth.learnerRequireSasl', 'needs quorum.auth.enableSasl=true');
  if (server && !enabled) settings.refuse('quorum.auth.serverRequireSasl', 'needs quorum.auth.enableSasl=true');
  else if (server && !learner) {
    settings.refuse('quorum.auth.serverRequireSasl', 'needs quorum.auth.learnerRequireSasl=true');
  }
}
