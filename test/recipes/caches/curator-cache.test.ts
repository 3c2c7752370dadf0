import { describe, expect, it } from 'vitest';
import { BadArgumentsError, ClosedError, TimeoutError } from '../../../src/client/errors.js';
import { CuratorCache } from '../../../src/recipes/caches/index.js';
import { simulate } from '../../../src/testing/index.js';
import { contents, contentsOf, Mirror } from './mirror.js';

const ROOT = '/app';

describe('CuratorCache', () => {
  it('copies a tree, and tells each change', async () => {
    await simulate(async (world) => {
      const [client, writer] = [world.client(), world.client()];
      await writer.create(ROOT, 'root');
      await writer.create(`${ROOT}/a`, '1');
      await writer.create(`${ROOT}/a/b`, '2');
      await using cache = new CuratorCache(client, ROOT);
      const mirror = new Mirror(cache);
      await cache.ready();
      expect(cache.state).toBe('fresh');
      expect(contents(cache.entries())).toEqual(await contentsOf(writer, ROOT));
      expect(mirror.heard).toEqual([
        'resync',
        `created ${ROOT}`,
        `created ${ROOT}/a`,
        `created ${ROOT}/a/b`,
        'initialized',
      ]);
      mirror.heard.length = 0;
      await writer.setData(`${ROOT}/a/b`, '3');
      await writer.create(`${ROOT}/a/c`, 'new');
      await writer.delete(`${ROOT}/a/b`);
      await world.sleep(100);
      expect(mirror.heard.filter((line) => line.endsWith('b'))).toEqual([`changed ${ROOT}/a/b`, `deleted ${ROOT}/a/b`]);
      expect(mirror.heard.filter((line) => line.endsWith('c'))).toEqual([`created ${ROOT}/a/c`]);
      expect(contents(cache.entries())).toEqual(await contentsOf(writer, ROOT));
      expect(contents(mirror.nodes)).toEqual(contents(cache.entries()));
      expect([...cache.children(`${ROOT}/a`).keys()]).toEqual(['c']);
      expect(cache.get(`${ROOT}/a/c`)?.data?.toString()).toBe('new');
      expect(cache.size).toBe(3);
    });
  });

  it('copies one node, present or not', async () => {
    await simulate(async (world) => {
      const [client, writer] = [world.client(), world.client()];
      await using cache = new CuratorCache(client, ROOT, { scope: 'node' });
      await cache.ready();
      expect(cache.size).toBe(0);
      await writer.create(ROOT, 'here');
      await writer.create(`${ROOT}/child`);
      await world.until(() => cache.get(ROOT) !== undefined);
      expect([...cache.entries()].map(([path]) => path)).toEqual([ROOT]);
      await writer.setData(ROOT, 'changed');
      await world.until(() => cache.get(ROOT)?.data?.toString() === 'changed');
      await writer.delete(`${ROOT}/child`);
      await writer.delete(ROOT);
      await world.until(() => cache.size === 0);
    });
  });

  it('copies the children and what is in them, and nothing below', async () => {
    await simulate(async (world) => {
      const [client, writer] = [world.client(), world.client()];
      await writer.create(ROOT);
      await writer.create(`${ROOT}/a`, '1');
      await writer.create(`${ROOT}/a/deep`);
      await using cache = new CuratorCache(client, ROOT, { scope: 'children' });
      await cache.ready();
      expect([...cache.children().keys()]).toEqual(['a']);
      await writer.create(`${ROOT}/b`, '2');
      await writer.create(`${ROOT}/b/deep`);
      await writer.setData(`${ROOT}/a`, 'new');
      await world.until(() => cache.get(`${ROOT}/a`)?.data?.toString() === 'new');
      expect(contents(cache.entries())).toEqual(await contentsOf(writer, ROOT, 1));
    });
  });

  it('tells a node that was deleted and made again as such, while connected', async () => {
    await simulate(async (world) => {
      const [client, writer] = [world.client(), world.client()];
      await writer.create(ROOT);
      await writer.create(`${ROOT}/a`, 'same');
      await using cache = new CuratorCache(client, ROOT);
      const mirror = new Mirror(cache);
      await cache.ready();
      mirror.heard.length = 0;
      await writer.transaction().delete(`${ROOT}/a`).create(`${ROOT}/a`, 'same').commit();
      await world.sleep(100);
      expect(mirror.heard).toEqual([`deleted ${ROOT}/a`, `created ${ROOT}/a`]);
    });
  });

  it('CURATOR-391: and while it was not connected, with children that are younger than their new parent', async () => {
    await simulate(async (world) => {
      const [client, writer] = [world.client({ sessionTimeoutMs: 20_000 }), world.client()];
      await writer.create(ROOT);
      for (const name of ['a', 'a/x', 'b']) await writer.create(`${ROOT}/${name}`, 'same');
      await using cache = new CuratorCache(client, ROOT);
      const mirror = new Mirror(cache);
      await cache.ready();
      mirror.heard.length = 0;
      world.isolate(client);
      await writer.transaction().delete(`${ROOT}/a/x`).delete(`${ROOT}/a`).commit();
      await writer.transaction().create(`${ROOT}/a`, 'same').create(`${ROOT}/a/y`, 'same').commit();
      await writer.setData(`${ROOT}/b`, 'same');
      await world.until(() => cache.state === 'stale');
      world.heal();
      await world.until(() => cache.state === 'fresh');
      expect(mirror.heard[0]).toBe('stale');
      expect(mirror.heard.at(-1)).toBe('resynced');
      expect(mirror.heard.slice(1, -1).sort()).toEqual([
        `changed ${ROOT}/b`,
        `created ${ROOT}/a`,
        `created ${ROOT}/a/y`,
        `deleted ${ROOT}/a`,
        `deleted ${ROOT}/a/x`,
      ]);
      expect(contents(mirror.nodes)).toEqual(await contentsOf(writer, ROOT));
    });
  });

  it('is complete again after its session was lost', async () => {
    await simulate(async (world) => {
      const [client, writer] = [world.client({ sessionTimeoutMs: 2000 }), world.client()];
      await writer.create(ROOT);
      await using cache = new CuratorCache(client, ROOT);
      const mirror = new Mirror(cache);
      await cache.ready();
      world.isolate(client);
      await world.until(() => client.state === 'lost');
      await writer.create(`${ROOT}/a`);
      world.heal();
      await world.until(() => cache.state === 'fresh');
      expect(contents(mirror.nodes)).toEqual(await contentsOf(writer, ROOT));
      await writer.create(`${ROOT}/b`);
      await world.until(() => cache.size === 3);
    });
  });

  it('gets ready though connections break while it loads, and never before it is complete', async () => {
    await simulate(async (world) => {
      const [client, writer] = [world.client(), world.client()];
      await writer.create(ROOT);
      for (let i = 0; i < 300; i += 1) await writer.create(`${ROOT}/n${i}`, `${i}`);
      await using cache = new CuratorCache(client, ROOT, { readsInFlightMax: 4 });
      const ready = cache.ready();
      for (let i = 0; i < 5; i += 1) {
        await world.sleep(300);
        if (i % 2 === 0) world.disconnect(client);
        else world.loseReply(client);
      }
      await ready;
      expect(contents(cache.entries())).toEqual(await contentsOf(writer, ROOT));
    });
  });

  it('starts without a server in reach', async () => {
    await simulate(async (world) => {
      const [client, writer] = [world.client(), world.client()];
      world.isolate(client);
      await using cache = new CuratorCache(client, ROOT);
      await expect(cache.ready({ timeoutMs: 100 })).rejects.toBeInstanceOf(TimeoutError);
      await writer.create(ROOT);
      world.heal();
      await cache.ready();
      expect(cache.size).toBe(1);
    });
  });

  it('tells a slow reader the copy in place of what it has missed', async () => {
    await simulate(async (world) => {
      const [client, writer] = [world.client(), world.client()];
      await writer.create(ROOT);
      await using cache = new CuratorCache(client, ROOT, { eventsMax: 10 });
      await cache.ready();
      const reader = cache.events({ from: 'now' })[Symbol.asyncIterator]();
      for (let i = 0; i < 20; i += 1) await writer.create(`${ROOT}/n${i}`);
      await world.until(() => cache.size === 21);
      const first = await reader.next();
      expect(first.value?.type).toBe('resync');
      const next = reader.next();
      await writer.create(`${ROOT}/last`);
      expect((await next).value).toMatchObject({ type: 'created', node: { path: `${ROOT}/last` } });
      if (first.value?.type === 'resync') expect(first.value.snapshot.size).toBe(21);
      await reader.return?.();
      expect(await reader.next()).toEqual({ done: true, value: undefined });
    });
  });

  it('keeps no data when told so, and tells it all the same', async () => {
    await simulate(async (world) => {
      const client = world.client();
      await client.create(ROOT, 'data');
      await using cache = new CuratorCache(client, ROOT, { keepsData: false });
      const reader = cache.events({ from: 'now' })[Symbol.asyncIterator]();
      const first = reader.next();
      await cache.ready();
      expect(cache.get(ROOT)?.data).toBeNull();
      const { value } = await first;
      expect(value?.type === 'created' && value.node.data?.toString()).toBe('data');
    });
  });

  it('leaves out what may not be read, and says so', async () => {
    await simulate(async (world) => {
      const [client, owner] = [world.client(), world.client()];
      await owner.addAuth('digest', 'owner:secret');
      await owner.create(ROOT);
      await owner.create(`${ROOT}/a`);
      await owner.create(`${ROOT}/closed`, 'secret', { acl: [{ perms: 31, id: { scheme: 'auth', id: '' } }] });
      const errors: unknown[] = [];
      const onError = (error: unknown): void => {
        errors.push(error);
        throw new Error('of the hook itself');
      };
      await using cache = new CuratorCache(client, ROOT, { onError });
      await cache.ready();
      expect([...cache.children().keys()]).toEqual(['a']);
      expect(errors.map((error) => (error as { code: string }).code)).toEqual(['NO_AUTH']);
    });
  });

  it('ends with its iterations, its waits and its watch when closed, and with its client', async () => {
    await simulate(async (world) => {
      const client = world.client();
      await client.create(ROOT);
      const cache = new CuratorCache(client, ROOT);
      await cache.ready();
      const mirror = new Mirror(cache);
      expect(await client.checkWatches(ROOT)).toBe(true);
      await cache.close();
      await cache.close();
      await mirror.done;
      expect(cache.state).toBe('closed');
      expect(await client.checkWatches(ROOT)).toBe(false);
      await expect(cache.ready()).rejects.toBeInstanceOf(ClosedError);
      const other = new CuratorCache(client, `${ROOT}/missing`);
      const waiting = new CuratorCache(client, ROOT).ready();
      waiting.catch(() => undefined);
      await other.ready();
      await client.close();
      expect(other.state).toBe('closed');
      await waiting.catch(() => undefined);
      await expect(new CuratorCache(client, ROOT).ready()).rejects.toBeInstanceOf(ClosedError);
      await other.close();
    });
  });

  it('refuses wrong options, naming them', async () => {
    await simulate(async (world) => {
      const client = world.client();
      expect(() => new CuratorCache(client, 'a')).toThrow(/path of a cache: the path "a" does not start with/);
      expect(() => new CuratorCache(client, '/a', { eventsMax: 0 })).toThrow(/eventsMax is 0/);
      expect(() => new CuratorCache(client, '/a', { readsInFlightMax: 1.5 })).toThrow(BadArgumentsError);
    });
  });
});
