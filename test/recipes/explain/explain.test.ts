import { describe, expect, it } from 'vitest';
import { BadArgumentsError } from '../../../src/client/index.js';
import type { Client } from '../../../src/client/index.js';
import { contenderLabel, explain, findDeadlocks, InterProcessMutex } from '../../../src/recipes/index.js';
import { simulate } from '../../../src/testing/index.js';
import type { SimulatedWorld } from '../../../src/testing/index.js';

const GUID = '_c_00000000-0000-4000-8000-00000000000';

async function clients(world: SimulatedWorld, count: number): Promise<Client[]> {
  const all = Array.from({ length: count }, () => world.client());
  await Promise.all(all.map((client) => client.connected()));
  return all;
}

/** Nodes as another program's recipe makes them: the last part of each name is the server's. */
async function line(client: Client, path: string, names: readonly string[]): Promise<string[]> {
  const paths: string[] = [];
  for (const [at, name] of names.entries()) {
    const made = await client.create(`${path}/${GUID}${at}-${name}`, '', { mode: 'ephemeral-sequential' });
    paths.push(made.path);
  }
  return paths;
}

describe('explain', () => {
  it('a lock: who holds it, who waits, in order, since when, and who they are', () =>
    simulate(async (world) => {
      const [first, second, third] = (await clients(world, 3)) as [Client, Client, Client];
      const data = contenderLabel('invoices', { host: 'web-1', pid: 17 });
      const hold = await new InterProcessMutex(first, '/locks/a', { data }).acquire();
      await world.sleep(5000);
      const waiting = new InterProcessMutex(second, '/locks/a', { data: 'second' }).acquire();
      waiting.catch(() => undefined);
      await world.sleep(1000);
      const bytes = Buffer.from([0, 1, 2]);
      new InterProcessMutex(third, '/locks/a', { data: bytes }).acquire().catch(() => undefined);
      await world.sleep(1000);
      const { kind, holders, waiters, clock, strangers } = await explain(third, '/locks/a');
      expect({ kind, clock, strangers }).toEqual({ kind: 'lock', clock: 'server', strangers: [] });
      expect(holders).toHaveLength(1);
      expect(holders[0]).toMatchObject({
        label: 'invoices',
        host: 'web-1',
        pid: 17,
        waitsFor: null,
        token: hold.token,
      });
      expect(holders[0]?.sessionId).toBe(first.sessionId);
      expect(holders[0]?.ageMs).toBeGreaterThan(6900);
      expect(holders[0]?.ageMs).toBeLessThan(7500);
      expect(waiters.map(({ label }) => label)).toEqual(['second', null]);
      expect(waiters.map(({ waitsFor }) => waitsFor)).toEqual([hold.path, waiters[0]?.path]);
      expect((await third.getChildren('/')).children.sort()).toEqual(['locks', 'zookeeper']);
    }));

  it('a read/write lock: readers hold together, and wait for the nearest writer', () =>
    simulate(async (world) => {
      const [client] = (await clients(world, 1)) as [Client];
      await client.create('/rw');
      const [r0, r1, w2, r3, w4, r5] = await line(client, '/rw', [
        '__READ__',
        '__READ__',
        '__WRIT__',
        '__READ__',
        '__WRIT__',
        '__READ__',
      ]);
      const told = await explain(client, '/rw');
      expect(told.kind).toBe('read-write-lock');
      expect(told.holders.map(({ path, side }) => [path, side])).toEqual([
        [r0, 'read'],
        [r1, 'read'],
      ]);
      expect(told.waiters.map(({ path, waitsFor }) => [path, waitsFor])).toEqual([
        [w2, r1],
        [r3, w2],
        [w4, r3],
        [r5, w4],
      ]);
    }));

  it('a leadership, an empty path, strangers, and a path that is not there', () =>
    simulate(async (world) => {
      const [client] = (await clients(world, 1)) as [Client];
      await client.create('/latch');
      expect(await explain(client, '/latch')).toMatchObject({ kind: 'empty', holders: [], waiters: [] });
      const [leader, next] = await line(client, '/latch', ['latch-', 'latch-']);
      await client.create('/latch/stranger');
      const told = await explain(client, '/latch');
      expect(told).toMatchObject({ kind: 'leader-latch', strangers: ['stranger'] });
      expect([told.holders[0]?.path, told.waiters[0]?.path]).toEqual([leader, next]);
      expect(await explain(client, '/nowhere')).toMatchObject({ kind: 'missing' });
      expect(await explain(client, '/')).toMatchObject({ kind: 'other' });
      await expect(explain(client, 'x')).rejects.toBeInstanceOf(BadArgumentsError);
    }));

  it('a semaphore: leases, and those who wait; the lease of who is just going in does not count', () =>
    simulate(async (world) => {
      const [a, b, c] = (await clients(world, 3)) as [Client, Client, Client];
      await a.create('/s');
      await a.create('/s/locks');
      await a.create('/s/leases');
      const [lease] = await line(a, '/s/leases', ['lease-']);
      const [inside] = await line(b, '/s/locks', ['lock-']);
      await line(b, '/s/leases', ['lease-']);
      const [behind] = await line(c, '/s/locks', ['lock-']);
      const told = await explain(a, '/s');
      expect(told.kind).toBe('semaphore');
      expect(told.holders.map(({ path }) => path)).toEqual([lease]);
      expect(told.waiters.map(({ path, waitsFor }) => [path, waitsFor])).toEqual([
        [inside, lease],
        [behind, inside],
      ]);
    }));

  it('a queue: its items in order, and the claims of those who work on them', () =>
    simulate(async (world) => {
      const [client] = (await clients(world, 1)) as [Client];
      await client.create('/q');
      await client.create('/claims');
      for (let n = 0; n < 5; n += 1) await client.create('/q/queue-', 'x', { mode: 'persistent-sequential' });
      await client.create('/claims/queue-0000000000', '', { mode: 'ephemeral' });
      const told = await explain(client, '/q', { lockPath: '/claims', itemsMax: 2 });
      expect(told).toMatchObject({ kind: 'queue', itemCount: 5 });
      expect(told.items.map(({ path }) => path)).toEqual(['/q/queue-0000000000', '/q/queue-0000000001']);
      expect(told.holders.map(({ path }) => path)).toEqual(['/claims/queue-0000000000']);
      expect(told.holders[0]?.sessionId).toBe(client.sessionId);
    }));

  it('nodes whose data is too much for one answer', () =>
    simulate(async (world) => {
      const [client] = (await clients(world, 1)) as [Client];
      await client.create('/q');
      const mode = 'persistent-sequential';
      const item = Buffer.alloc(400_000, 'x');
      for (let n = 0; n < 5; n += 1) await client.create('/q/queue-', item, { mode });
      // As long as a server takes: its own answer is longer.
      await client.create('/q/queue-', Buffer.alloc(1_048_500, 'y'), { mode });
      const { items } = await explain(client, '/q');
      expect(items.map(({ data }) => data?.length)).toEqual([400_000, 400_000, 400_000, 400_000, 400_000, 1_048_500]);
    }));

  it('leaves no node and no watch, and waits while there is no connection', () =>
    simulate(async (world) => {
      const [client, other] = (await clients(world, 2)) as [Client, Client];
      const hold = await new InterProcessMutex(client, '/l').acquire();
      world.loseReply(client);
      const told = await explain(client, '/l');
      expect(told.holders[0]?.path).toBe(hold.path);
      expect((await other.getChildren('/')).children.sort()).toEqual(['l', 'zookeeper']);
      world.isolate(other);
      await expect(explain(other, '/l', { timeoutMs: 300 })).rejects.toMatchObject({ code: 'TIMEOUT' });
    }));
});

describe('deadlocks', () => {
  it('are circles of sessions that hold one lock and wait for another', () =>
    simulate(async (world) => {
      const [a, b, c, d] = (await clients(world, 4)) as [Client, Client, Client, Client];
      const path = (name: string): string => `/locks/${name}`;
      const hold = (client: Client, name: string, data: string) =>
        new InterProcessMutex(client, path(name), { data }).acquire();
      const wait = (client: Client, name: string): void => void hold(client, name, 'w').catch(() => undefined);
      const [one, two, three] = [await hold(a, 'one', 'a'), await hold(b, 'two', 'b'), await hold(c, 'three', 'c')];
      wait(a, 'two');
      wait(b, 'three');
      wait(d, 'one');
      await world.sleep(1000);
      expect(await findDeadlocks(d, { below: '/' })).toEqual([]);
      wait(c, 'one');
      await world.sleep(1000);
      const [circle, ...others] = await findDeadlocks(d, { below: '/' });
      expect(others).toEqual([]);
      expect(circle?.map(({ sessionId, holds, waitsAt }) => [sessionId, holds.path, waitsAt])).toEqual(
        rotated(
          [
            [a.sessionId, one.path, path('two')],
            [b.sessionId, two.path, path('three')],
            [c.sessionId, three.path, path('one')],
          ],
          circle?.[0]?.sessionId,
        ),
      );
      expect(circle?.map(({ holds }) => holds.label).sort()).toEqual(['a', 'b', 'c']);
      expect(await findDeadlocks(d, { paths: [path('one'), path('two')] })).toEqual([]);
    }));

  it('are none where tasks of one session take turns', () =>
    simulate(async (world) => {
      const [client] = (await clients(world, 1)) as [Client];
      const lock = new InterProcessMutex(client, '/l');
      await lock.acquire();
      lock.acquire().catch(() => undefined);
      await world.sleep(500);
      expect(await findDeadlocks(client, { paths: ['/l'] })).toEqual([]);
    }));

  it('need to know where to look, and how far', () =>
    simulate(async (world) => {
      const [client] = (await clients(world, 1)) as [Client];
      await expect(findDeadlocks(client, {})).rejects.toThrow('either paths or below');
      await expect(findDeadlocks(client, { below: '/', nodesMax: 1 })).rejects.toThrow('more than 1 nodes');
    }));
});

function rotated<T extends readonly [bigint, ...unknown[]]>(all: readonly T[], first: bigint | undefined): T[] {
  const at = all.findIndex(([id]) => id === first);
  return [...all.slice(at), ...all.slice(0, at)];
}
