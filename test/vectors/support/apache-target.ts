import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApache } from '../../interop/support/apache.js';
import { writeOverflowData } from './overflow-data.js';
import type { ReplayTarget, ServerName } from './target.js';
import { SERVERS } from './target.js';

/** The original server, as Debian packages it, as a black box: it shows that the replay itself is right. */
export async function startApacheTarget(name: ServerName): Promise<ReplayTarget> {
  const dataDir = await mkdtemp(join(tmpdir(), `replay-${name}-`));
  if (name === 'overflow') await writeOverflowData(dataDir);
  const { config, properties } = SERVERS[name];
  const options = { dataDir, config: { 'DigestAuthenticationProvider.superDigest': null, ...config }, properties };
  let server = await startApache(options);
  return {
    get port() {
      return server.port;
    },
    restart: async () => {
      await server.stop();
      server = await startApache(options);
    },
    stop: async () => {
      await server.kill();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
