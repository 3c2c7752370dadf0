import type { QuorumConfig } from '../zab/quorum-config.js';
import type { ReadText } from './config-files.js';
import type { EnsembleConfig } from './ensemble-config.js';
import { buildQuorumConfig, readNextMembership } from './read-membership.js';
import type { Membership } from './read-membership.js';
import { readQuorumTlsConfig } from './read-tls-config.js';
import { readServerId } from './server-id.js';
import type { ServerLine } from '../zab/server-line.js';
import type { Settings } from './settings.js';

/** What an ensemble's configuration is made of besides its settings. */
export interface EnsembleContext {
  /** Absolute. */
  readonly dataDir: string;
  readonly tickTimeMs: number;
  /** Absolute; null when there is no file. */
  readonly configFile: string | null;
  readonly readText: ReadText;
}

/** ZooKeeper keeps at least so many committed transactions, whatever it is told. */
const COMMIT_LOG_MIN = 500;

/**
 * Do these servers make an ensemble? Two voters do; a single one runs alone unless `standaloneEnabled=false`. Null: they
 * make no sense, which is reported.
 */
export function isEnsemble(settings: Settings, { lines, settings: written }: Membership): boolean | null {
  const roles = [...lines.values()].map(({ role }) => role);
  const voters = roles.filter((role) => role === 'participant').length;
  const mayBeAlone = settings.required('standaloneEnabled');
  const [first] = written.family('server.');
  // Lines that could not be read have been reported; what they would have made is anybody's guess.
  if (written.family('server.').length > lines.size) return null;
  if (first === undefined) {
    if (!mayBeAlone) settings.refuse('standaloneEnabled', 'makes an ensemble of one, which needs a server.N line');
    return mayBeAlone ? false : null;
  }
  if (voters === 0) {
    written.refuse(first.name, 'there are only observers; an ensemble needs at least one participant');
    return null;
  }
  if (voters === 1 && roles.length > 1 && mayBeAlone) {
    const observer = [...lines].find(([, { role }]) => role === 'observer')?.[0] ?? 0;
    const remedy = 'list two participants or more, or set standaloneEnabled=false';
    written.refuse(`server.${String(observer)}`, `an observer has no quorum to follow: ${remedy}`);
    return null;
  }
  return voters > 1 || !mayBeAlone;
}

/** Reads everything about an ensemble. Null: there are faults, which have been reported to `settings`. */
export function readEnsembleConfig(
  settings: Settings,
  members: Membership,
  context: EnsembleContext,
): EnsembleConfig | null {
  refuseSasl(settings);
  const initLimit = readLimit(settings, 'initLimit', 'to connect to the leader and catch up, such as 10');
  const syncLimit = readLimit(settings, 'syncLimit', 'after which a silent server is given up, such as 5');
  const membership = buildQuorumConfig(members);
  const sid = readServerId(context.dataDir, [...members.lines.keys()], context.readText);
  if (typeof sid !== 'number') {
    settings.problems.push(sid);
    return null;
  }
  if (membership === null) return null;
  refuseSharedPlaces(members);
  warnOfRole(settings, sid, members.lines);
  warnOfWeakness(settings, members);
  const connectTicks = settings.required('connectToLearnerMasterLimit');
  const cnxnTimeoutMs = settings.required('quorumCnxnTimeoutMs');
  return Object.freeze({
    sid,
    membership,
    lastSeen: readLastSeen(settings, membership, context),
    files: context.configFile === null ? null : { configFile: context.configFile, dynamicFile: members.dynamicFile },
    initLimit,
    syncLimit,
    connectToLearnerMasterLimitMs: (connectTicks === 0 ? initLimit : connectTicks) * context.tickTimeMs,
    quorumCnxnTimeoutMs: cnxnTimeoutMs > 0 ? cnxnTimeoutMs : syncLimit * context.tickTimeMs,
    ...readSwitches(settings),
    ...readTransport(settings),
    commitLogCount: readCommitLogCount(settings),
    snapshotSizeFactor: settings.required('snapshotSizeFactor'),
  });
}

function readSwitches(settings: Settings) {
  return {
    standaloneEnabled: settings.required('standaloneEnabled'),
    reconfigEnabled: settings.required('reconfigEnabled'),
    leaderServes: settings.required('leaderServes'),
    localSessionsEnabled: settings.required('localSessionsEnabled'),
    localSessionsUpgradingEnabled: settings.required('localSessionsUpgradingEnabled'),
    readOnlyModeEnabled: settings.required('readonlymode.enabled'),
    observer: {
      reconnectDelayMs: settings.required('observer.reconnectDelayMs'),
      electionDelayMs: settings.required('observer.election.DelayMs'),
    },
  };
}

function readTransport(settings: Settings) {
  const sslQuorum = settings.required('sslQuorum');
  const portUnification = settings.required('portUnification');
  const interval = {
    min: settings.required('fastleader.minNotificationInterval'),
    max: settings.required('fastleader.maxNotificationInterval'),
  };
  if (interval.min > interval.max) {
    const bound = `fastleader.maxNotificationInterval (${String(interval.max)} ms)`;
    settings.refuse('fastleader.minNotificationInterval', `must not be larger than ${bound}`);
  }
  return {
    leaderConnectRetryDelayMs: settings.required('leaderConnectDelayDuringRetryMs'),
    quorumListenOnAllIps: settings.required('quorumListenOnAllIPs'),
    electionPortBindRetries: settings.required('electionPortBindRetry'),
    cnxTimeoutMs: settings.required('cnxTimeout'),
    tcpKeepAlive: settings.required('tcpKeepAlive'),
    multiAddressEnabled: settings.required('multiAddress.enabled'),
    notificationIntervalMs: interval,
    sslQuorum,
    portUnification,
    tls: sslQuorum || portUnification ? readQuorumTlsConfig(settings) : null,
  };
}

function readLimit(settings: Settings, name: 'initLimit' | 'syncLimit', what: string): number {
  if (!settings.has(name)) settings.refuse(name, `is not set; an ensemble needs it: the ticks ${what}`);
  return settings.value(name) ?? 1;
}

function readCommitLogCount(settings: Settings): number {
  const count = settings.required('commitLogCount');
  if (count >= COMMIT_LOG_MIN) return count;
  settings.warn('commitLogCount', `is raised to ${String(COMMIT_LOG_MIN)}, the least that is kept`);
  return COMMIT_LOG_MIN;
}

/** Members proposed and never activated; they count only if they are newer, and only where members may change at all. */
function readLastSeen(settings: Settings, membership: QuorumConfig, context: EnsembleContext): QuorumConfig {
  if (!settings.required('reconfigEnabled') || context.configFile === null) return membership;
  const next = readNextMembership(context.configFile, context.readText);
  return next !== null && next.version > membership.version ? next : membership;
}

/** Going on without would open the doors that somebody meant to be locked. */
function refuseSasl(settings: Settings): void {
  if (settings.value('quorum.auth.enableSasl') !== true) return;
  settings.refuse(
    'quorum.auth.enableSasl',
    'SASL between servers is not supported; sslQuorum=true makes them prove who they are with certificates',
  );
}

function warnOfRole(settings: Settings, sid: number, lines: ReadonlyMap<number, ServerLine>): void {
  const said = settings.value('peerType');
  const role = lines.get(sid)?.role;
  if (said === null || role === said) return;
  settings.warn('peerType', `this server is ${String(role)} by its line server.${String(sid)}, and that counts`);
}

/** Each would take the other for an impostor, and neither would get anywhere. */
function refuseSharedPlaces({ lines, settings: written }: Membership): void {
  const taken = new Map<string, number>();
  for (const [sid, { addresses }] of lines) {
    for (const { host, quorumPort, electionPort } of addresses) {
      for (const place of [`${host}:${quorumPort}`, `${host}:${electionPort}`]) {
        const other = taken.get(place) ?? sid;
        if (other !== sid)
          written.refuse(`server.${sid}`, `${place} is where server.${other} is: each needs a place of its own`);
        taken.set(place, sid);
      }
    }
  }
}

function warnOfWeakness(settings: Settings, { lines, settings: written }: Membership): void {
  if (written.family('group.').length > 0) return;
  const voters = [...lines.values()].filter(({ role }) => role === 'participant').length;
  if (voters < 3) {
    const count = voters === 1 ? 'a single voter tolerates' : 'two voters tolerate';
    settings.warnings.push(`${count} no failure; three are the least that do`);
  } else if (voters % 2 === 0) {
    const fewer = String(voters - 1);
    settings.warnings.push(`${String(voters)} voters tolerate no more failures than ${fewer} would`);
  }
}
