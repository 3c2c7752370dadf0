import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithPeers, PRODUCTS, withServer } from './support/peers.js';
import { playSession, type PlayedSession } from './support/scripted-session.js';
import type { Product } from './support/server-process.js';
import { sessionFile } from './support/sessions.js';

const HEADER = '/usr/include/zookeeper/zookeeper.h';

function cClientPresent(): string | null {
  if (!existsSync(HEADER)) return `${HEADER} is missing: install Debian's package libzookeeper-mt-dev`;
  const compiler = spawnSync('gcc', ['--version']);
  return compiler.status === 0 ? null : `gcc is missing: install Debian's package gcc`;
}

describeWithPeers('the C client', [cClientPresent], () => {
  const played = new Map<Product, PlayedSession>();
  let folder = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'interop-c-'));
    const flags = ['-std=c11', '-D_GNU_SOURCE', '-DTHREADED', '-Wall', '-Wextra', '-Werror'];
    const libraries = ['-lzookeeper_mt', '-lpthread'];
    const program = join(folder, 'session');
    const compiled = spawnSync('gcc', [...flags, '-o', program, sessionFile('c_session.c'), ...libraries]);
    expect(compiled.stderr.toString()).toBe('');
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  test.each(PRODUCTS)('plays its scripted session on %s', async (product) => {
    const session = await withServer(product, { config: { enforceQuota: true } }, ({ connectString }) =>
      playSession({ command: join(folder, 'session'), args: [connectString] }),
    );
    played.set(product, session);
    expect(session.faults).toEqual([]);
    expect(session.steps.at(-1)?.step).toBe('close');
  });

  test('cannot tell pinfold from Apache', () => {
    expect(played.get('pinfold')?.steps).toEqual(played.get('apache')?.steps);
  });
});
