/** A server under test, however it runs. */
export interface ReplayTarget {
  /** May change with a restart. */
  readonly port: number;
  /** Stops the server as an operator would and starts it again on the same data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a server as the recordings' README describes it under that name, on fresh data. */
export type StartTarget = (serverName: ServerName) => Promise<ReplayTarget>;

/** The servers of the recordings that are one process: standalone, or alone in an ensemble of three. */
export const SERVER_NAMES = [
  'main',
  'plain',
  'throwaway',
  'small',
  'quota',
  'enfauth',
  'skipacl',
  'restart',
  'maxcnx',
  'overflow',
  'readonly',
  'readonly-local',
] as const;

export type ServerName = (typeof SERVER_NAMES)[number];

export interface ServerSettings {
  /** Number in an ensemble of three whose other servers do not run; absent: it is standalone. */
  readonly sid?: number;
  /** Keys of zoo.cfg. */
  readonly config: Readonly<Record<string, string | number | boolean>>;
  /** Settings that the original takes only as Java properties. */
  readonly properties: Readonly<Record<string, string | number>>;
}

/** `super:admin` */
const SUPER_DIGEST = 'super:xQJmxLMiHGwaqBvst5y6rkB6HQs=';

type Settings = Readonly<Record<string, string | number | boolean>>;

/** What the table leaves to the original's defaults is written out: the products under test default otherwise. */
function settings(config: Settings, properties: ServerSettings['properties'] = {}): ServerSettings {
  const tickTime = Number(config['tickTime'] ?? 2000);
  const defaults = {
    tickTime,
    minSessionTimeout: 2 * tickTime,
    maxSessionTimeout: 20 * tickTime,
    maxClientCnxns: 60,
    extendedTypesEnabled: false,
    '4lw.commands.whitelist': '*',
  };
  return { config: { ...defaults, ...config }, properties };
}

const READ_ONLY = { 'readonlymode.enabled': 'true' };

/** The table of the recordings' README. */
export const SERVERS: Readonly<Record<ServerName, ServerSettings>> = {
  main: settings(
    { extendedTypesEnabled: true, 'DigestAuthenticationProvider.superDigest': SUPER_DIGEST },
    { 'znode.container.checkIntervalMs': 1000 },
  ),
  plain: settings({ tickTime: 200, '4lw.commands.whitelist': 'ruok' }),
  throwaway: settings({ extendedTypesEnabled: true }),
  small: settings({}, { 'jute.maxbuffer': 4096 }),
  quota: settings({ enforceQuota: true }),
  enfauth: settings({ 'enforce.auth.enabled': true, 'enforce.auth.schemes': 'digest' }),
  skipacl: settings({ skipACL: 'yes' }),
  restart: settings({ tickTime: 1000 }),
  maxcnx: settings({ maxClientCnxns: 3 }),
  overflow: settings({ 'digest.enabled': false }),
  readonly: { ...settings({ tickTime: 1000 }, READ_ONLY), sid: 1 },
  'readonly-local': { ...settings({ tickTime: 1000, localSessionsEnabled: true }, READ_ONLY), sid: 1 },
};
