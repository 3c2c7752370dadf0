import { inspectServerConfig, usableConfig } from '../../server/config/parse-server-config.js';
import type { ServerConfig } from '../../server/config/server-config.js';
import type { SeededRandom } from './seeded-random.js';

export const SERVER_ADDRESS = 'server';
export const CLIENT_PORT = 2181;
export const DATA_DIR = '/disk';

/** The settings of one world's server: files so small that they roll, are snapshot and purged all the time. */
export function serverSettings(random: SeededRandom): ServerConfig {
  const settings = {
    dataDir: DATA_DIR,
    clientPort: CLIENT_PORT,
    clientPortAddress: SERVER_ADDRESS,
    tickTime: random.pick([200, 500, 1000]),
    minSessionTimeout: 500,
    maxSessionTimeout: 60_000,
    maxClientCnxns: 0,
    extendedTypesEnabled: true,
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
    'digest.enabled': random.chance(0.8),
  };
  const text = Object.entries(settings).map(([key, value]) => `${key}=${String(value)}`);
  return usableConfig(
    inspectServerConfig(
      { kind: 'file', path: 'simulation', text: text.join('\n') },
      { baseDir: DATA_DIR, strict: true },
    ),
  );
}
