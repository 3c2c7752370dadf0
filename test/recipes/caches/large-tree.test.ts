import { expect, test } from 'vitest';
import { Client } from '../../../src/client/index.js';
import { CuratorCache } from '../../../src/recipes/caches/index.js';
import { startServer } from '../../../src/testing/index.js';

const ROOT = '/many';
const CHILDREN = 100_000;
const BATCH = 1000;
/** The list of their names takes more than the default of 1 MiB. */
const limits = { frameBytesMax: 4 * 1024 * 1024 };

// CURATOR-690: counters of 16 bits broke on the way to 65,536.
test('a cache of a hundred thousand children is complete, and sees the next one', async () => {
  await using server = await startServer({ config: { 'jute.maxbuffer': limits.frameBytesMax } });
  await using client = await Client.connect(server.connectString, { limits });
  await client.create(ROOT);
  for (let from = 0; from < CHILDREN; from += BATCH) {
    const batch = client.transaction();
    for (let i = from; i < from + BATCH; i += 1) batch.create(`${ROOT}/n-${String(i).padStart(6, '0')}`, `${i}`);
    await batch.commit();
  }
  await using cache = new CuratorCache(client, ROOT);
  await cache.ready();
  expect(cache.size).toBe(CHILDREN + 1);
  expect(cache.get(`${ROOT}/n-099999`)?.data?.toString()).toBe('99999');
  const events = cache.events({ from: 'now' })[Symbol.asyncIterator]();
  const next = events.next();
  await client.create(`${ROOT}/one-more`);
  expect((await next).value).toMatchObject({ type: 'created', node: { path: `${ROOT}/one-more` } });
});
