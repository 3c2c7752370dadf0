import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from '../../../src/testing/index.js';
import { writeOverflowData } from './overflow-data.js';
import type { ReplayTarget, ServerName } from './target.js';
import { SERVERS } from './target.js';

/** Pinfold's own server in this process, on real files. */
export async function startPinfoldTarget(name: ServerName): Promise<ReplayTarget> {
  const dataDir = await mkdtemp(join(tmpdir(), `replay-${name}-`));
  if (name === 'overflow') await writeOverflowData(dataDir);
  const { config, properties } = SERVERS[name];
  const server = await startServer({ storage: 'disk', dataDir, config: { ...config, ...properties } });
  return {
    get port() {
      return server.port;
    },
    restart: () => server.restart(),
    stop: async () => {
      await server.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
