import { describe, expect, it } from 'vitest';
import type { Client } from '../../src/client/index.js';
import { BadArgumentsError } from '../../src/client/index.js';
import * as recipes from '../../src/recipes/index.js';
import { simulate } from '../../src/testing/index.js';

const NO_PATHS: readonly unknown[] = [undefined, null, '', 'rel', '//', '/a//b', '/a/', '/a/../b', '/a\u0000', 42, {}];

/** By a path that may be wrong. */
type Make = (client: Client, path: string) => unknown;

const MAKERS: Readonly<Record<string, Make>> = {
  InterProcessMutex: (client, path) => new recipes.InterProcessMutex(client, path),
  InterProcessReadWriteLock: (client, path) => new recipes.InterProcessReadWriteLock(client, path),
  InterProcessSemaphoreV2: (client, path) => new recipes.InterProcessSemaphoreV2(client, path, { permits: 2 }),
  InterProcessSemaphoreMutex: (client, path) => new recipes.InterProcessSemaphoreMutex(client, path),
  InterProcessMultiLock: (client, path) => new recipes.InterProcessMultiLock(client, [path]),
  LeaderLatch: (client, path) => new recipes.LeaderLatch(client, path),
  LeaderSelector: (client, path) => new recipes.LeaderSelector(client, path, () => undefined),
  DistributedBarrier: (client, path) => new recipes.DistributedBarrier(client, path),
  DistributedDoubleBarrier: (client, path) => new recipes.DistributedDoubleBarrier(client, path, 2),
  DistributedAtomicLong: (client, path) => new recipes.DistributedAtomicLong(client, path),
  DistributedAtomicValue: (client, path) => new recipes.DistributedAtomicValue(client, path),
  SharedCount: (client, path) => new recipes.SharedCount(client, path),
  SharedValue: (client, path) => new recipes.SharedValue(client, path),
  DistributedQueue: (client, path) => new recipes.DistributedQueue(client, path),
  SimpleDistributedQueue: (client, path) => new recipes.SimpleDistributedQueue(client, path),
  CuratorCache: (client, path) => new recipes.CuratorCache(client, path),
  PersistentNode: (client, path) => new recipes.PersistentNode(client, path),
  PersistentTtlNode: (client, path) => new recipes.PersistentTtlNode(client, path, { ttlMs: 1000 }),
  PersistentWatcher: (client, path) => new recipes.PersistentWatcher(client, path),
  GroupMember: (client, path) => new recipes.GroupMember(client, path, 'one'),
  Party: (client, path) => new recipes.Party(client, path),
  ServiceDiscovery: (client, path) => new recipes.ServiceDiscovery(client, path),
  WorkPartitioner: (client, path) => new recipes.WorkPartitioner(client, path, { partitions: ['a'] }),
  MigrationManager: (client, path) => new recipes.MigrationManager(client, { lockPath: path, metaPath: '/meta' }),
};

describe('a path that is none', () => {
  it.each(Object.entries(MAKERS))('is refused at once by %s', (_, make) =>
    simulate(async (world) => {
      const client = world.client();
      for (const path of NO_PATHS) expect(() => make(client, path as string)).toThrow(BadArgumentsError);
      make(client, '/good');
    }),
  );
});

describe('other arguments that a compiler would have refused', () => {
  it('are refused with what is wrong with them', () =>
    simulate(async (world) => {
      const client = world.client();
      for (const partitions of [undefined, null, {}, 'p', [null], [5], ['a/b'], ['']] as never[]) {
        expect(() => new recipes.WorkPartitioner(client, '/work', { partitions })).toThrow(BadArgumentsError);
      }
      for (const weight of [NaN, 0, '3', null] as never[]) {
        const make = () => new recipes.WorkPartitioner(client, '/work', { partitions: ['a'], weight });
        expect(make).toThrow(`weight is ${String(weight)}`);
      }
      for (const locks of [null, 'x', [], [null], [{}], ['/a', '/a']] as never[]) {
        expect(() => new recipes.InterProcessMultiLock(client, locks)).toThrow(BadArgumentsError);
      }
      for (const name of [undefined, null, '', 5, 'a/b', '.'] as never[]) {
        expect(() => new recipes.GroupMember(client, '/group', name)).toThrow(BadArgumentsError);
        const query = new recipes.ServiceDiscovery(client, '/services').queryForInstances(name);
        await expect(query).rejects.toThrow(BadArgumentsError);
      }
      for (const occasion of [undefined, null, '', 5, {}, new Date(NaN)] as never[]) {
        const run = recipes.runOnce(client, { path: '/job', occasion }, () => undefined);
        await expect(run).rejects.toThrow('occasion is');
      }
      const lock = new recipes.InterProcessMutex(client, '/lock');
      for (const signal of [null, 'x', {}] as never[]) {
        await expect(lock.acquire({ signal })).rejects.toThrow('it must be an AbortSignal');
      }
      await expect(lock.acquire(5000 as never)).rejects.toThrow('the options are 5000');
      await expect(lock.participants()).resolves.toEqual([]);
      for (const half of [client, { path: '/a', acquire: () => undefined }] as never[]) {
        expect(() => new recipes.InterProcessMultiLock(client, [half])).toThrow('it must be a path or a lock');
      }
      for (const data of [5, {}] as never[]) {
        expect(() => new recipes.PersistentNode(client, '/node', { data })).toThrow('the data of /node');
        expect(() => new recipes.GroupMember(client, '/group', 'm', { payload: data })).toThrow('the data of');
        const node = new recipes.PersistentNode(client, '/node');
        await expect(node.setData(data)).rejects.toThrow('neither text nor bytes');
      }
    }));

  it('keep no occasion from being run', () =>
    simulate(async (world) => {
      const client = world.client();
      const job = { path: '/job', occasion: '2026-11-22' };
      const by = 7 as never;
      await expect(recipes.runOnce(client, { ...job, by }, () => undefined)).rejects.toThrow('by is 7');
      await expect(recipes.runOnce(client, job, undefined as never)).rejects.toThrow('the job at /job is no function');
      await expect(recipes.runOnce(client, job, () => 'run')).resolves.toMatchObject({ ran: true, value: 'run' });
    }));

  it('start no worker', () =>
    simulate(async (world) => {
      const client = world.client();
      const worker = new recipes.WorkPartitioner(client, '/work', { partitions: ['a'] });
      await expect(worker.run(undefined as never)).rejects.toThrow('the work of /work is no function');
      await expect(client.exists('/work')).resolves.toMatchObject({ stat: null });
    }));
});
