import { inspectServerConfig, usableConfig } from '../../server/config/parse-server-config.js';
import type { ServerConfig } from '../../server/config/server-config.js';
import type { SeededRandom } from './seeded-random.js';

export const CLIENT_PORT = 2181;
export const DATA_DIR = '/disk';

export type Settings = Readonly<Record<string, string | number | boolean>>;

/** Of all servers of a world. */
export interface SettingsOfAll {
  readonly common: Settings;
  readonly own: (sid: number) => Settings;
}

/** Which server the settings are for. */
export interface Member {
  readonly sid: number;
  readonly address: string;
}

/** As chance has it: different for each server where it may be. */
export function drawnSettings(random: SeededRandom): SettingsOfAll {
  const own = (sid: number): Settings => ownSettings(random.fork(`settings of ${sid}`));
  return { common: commonSettings(random.fork('settings')), own };
}

/** What all servers of an ensemble have to agree on. */
function commonSettings(random: SeededRandom): Settings {
  return {
    tickTime: random.pick([200, 500, 1000]),
    minSessionTimeout: 500,
    maxSessionTimeout: 60_000,
    extendedTypesEnabled: true,
    'digest.enabled': random.chance(0.8),
  };
}

/** What each has for itself: files so small that they roll, are snapshot and purged all the time. */
function ownSettings(random: SeededRandom): Settings {
  return {
    maxClientCnxns: 0,
    snapCount: random.pick([2, 10, 40, 200, 100_000]),
    snapSizeLimitInKb: random.pick([-1, -1, 4]),
    txnLogSizeLimitInKb: random.pick([-1, -1, 1, 4]),
    preAllocSize: random.pick([0, 1, 4, 64]),
    globalOutstandingLimit: random.pick([1, 5, 1000]),
    'autopurge.purgeInterval': random.pick(['500ms', '3s', '0']),
    'autopurge.snapRetainCount': 3,
    'znode.container.checkIntervalMs': random.pick([500, 3000]),
    'snapshot.compression.method': random.pick(['', '', 'snappy']),
    'serializeLastProcessedZxid.enabled': random.chance(0.8),
  };
}

/** The configuration of one server, as the text of a file would give it. */
export function serverConfig({ sid, address }: Member, settings: Settings): ServerConfig {
  return usableConfig(
    inspectServerConfig(
      { kind: 'file', path: 'simulation', text: configText(address, settings) },
      { baseDir: DATA_DIR, strict: true, readText: (path) => (path === `${DATA_DIR}/myid` ? String(sid) : null) },
    ),
  );
}

/** The file of a server at this address. */
export function configText(address: string, settings: Settings): string {
  const all = { dataDir: DATA_DIR, clientPort: CLIENT_PORT, clientPortAddress: address, ...settings };
  return Object.entries(all)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join('\n');
}
