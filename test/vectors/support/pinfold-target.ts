import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeRuntime } from '../../../src/runtime/index.js';
import { startServer } from '../../../src/testing/index.js';
import { LocalNetwork } from '../../../src/testing/local-network.js';
import { homeOf } from '../../../src/testing/test-home.js';
import { TestServer } from '../../../src/testing/test-server.js';
import { writeOverflowData } from './overflow-data.js';
import type { ReplayTarget, ServerName } from './target.js';
import { SERVERS } from './target.js';

/** Pinfold's own server in this process, on real files. */
export async function startPinfoldTarget(name: ServerName): Promise<ReplayTarget> {
  const dataDir = await mkdtemp(join(tmpdir(), `replay-${name}-`));
  if (name === 'overflow') await writeOverflowData(dataDir);
  const server = await start(name, dataDir);
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

async function start(name: ServerName, dataDir: string): Promise<TestServer> {
  const { config, properties, sid } = SERVERS[name];
  const options = { storage: 'disk', dataDir, config: { ...config, ...properties } } as const;
  if (sid === undefined) return startServer(options);
  const runtime = nodeRuntime();
  const hosts = new Set(['one.invalid', 'two.invalid', 'three.invalid']);
  const network = new LocalNetwork({ real: runtime.network, timers: runtime.timers, hosts });
  const settings: Record<string, string | number> = { initLimit: 10, syncLimit: 5 };
  for (const [index, host] of [...hosts].entries()) settings[`server.${index + 1}`] = `${host}:2888:3888`;
  const server = await TestServer.join({ ...options, runtime: { ...runtime, network } }, await homeOf(options), {
    sid,
    settings,
  });
  await server.serving();
  return server;
}
