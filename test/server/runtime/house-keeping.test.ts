import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { Client } from '../../../src/client/index.js';
import { startServer } from '../../../src/testing/index.js';

const PATIENCE = { timeout: 20_000, interval: 20 };

it('removes containers that were emptied, and TTL nodes past their time', async () => {
  await using server = await startServer({ config: { 'znode.container.checkIntervalMs': 50 } });
  await using client = await Client.connect(server.connectString);
  await client.create('/box', null, { mode: 'container' });
  await client.create('/box/child');
  await client.create('/unused', null, { mode: 'container' });
  await client.create('/brief', null, { mode: 'ttl', ttlMs: 1 });
  await client.create('/long', null, { mode: 'ttl', ttlMs: 3_600_000 });
  await client.delete('/box/child');
  await vi.waitFor(async () => {
    const { children } = await client.getChildren('/');
    expect(children.sort()).toEqual(['long', 'unused', 'zookeeper']);
  }, PATIENCE);
});

it('purges old snapshots and logs while it serves', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'pinfold-test-'));
  try {
    const config = { 'autopurge.purgeInterval': '50ms', 'autopurge.snapRetainCount': 3, snapCount: 20 };
    await using server = await startServer({ dataDir, config });
    await using client = await Client.connect(server.connectString);
    const files = () => readdir(join(dataDir, 'version-2'));
    const oldest = (await files()).filter((name) => /^(snapshot|log)\./.test(name));
    expect(oldest.length).toBeGreaterThan(0);
    // Snapshots are taken as transactions come: go on writing until the first files are behind three of them.
    await vi.waitFor(async () => {
      for (let count = 0; count < 20; count += 1) await client.setData('/', String(count));
      const present = await files();
      expect(present.filter((name) => oldest.includes(name))).toEqual([]);
      expect(present.filter((name) => name.startsWith('snapshot.')).length).toBeGreaterThanOrEqual(3);
    }, PATIENCE);
    await server.restart();
    await using later = await Client.connect(server.connectString);
    expect(String((await later.getData('/')).data)).toBe('19');
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
});
