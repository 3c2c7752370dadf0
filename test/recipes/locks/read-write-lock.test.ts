import { describe, expect, it } from 'vitest';
import type { Client } from '../../../src/client/index.js';
import { InterProcessMutex, InterProcessReadWriteLock } from '../../../src/recipes/index.js';
import type { Hold, InterProcessMutexOptions } from '../../../src/recipes/index.js';
import { simulate } from '../../../src/testing/index.js';
import type { SimulatedWorld } from '../../../src/testing/index.js';
import { childrenOf, isPending, untilChildren } from './in-world.js';

const PATH = '/locks/rw';

function lockOf(client: Client, options?: InterProcessMutexOptions): InterProcessReadWriteLock {
  return new InterProcessReadWriteLock(client, PATH, options);
}

/** Stands in line before the next one comes. */
async function inLine(world: SimulatedWorld, client: Client, kind: 'read' | 'write'): Promise<{ turn: Promise<Hold> }> {
  const before = (await childrenOf(client, PATH)).length;
  const lock = lockOf(client);
  const turn = (kind === 'read' ? lock.readLock() : lock.writeLock()).acquire();
  await untilChildren(world, client, [PATH, before + 1]);
  return { turn };
}

describe('a read/write lock', () => {
  it('lets readers in together, and a writer alone', async () => {
    await simulate(async (world) => {
      const [one, two, three] = [world.client(), world.client(), world.client()];
      const readers = await Promise.all([one, two].map((client) => lockOf(client).readLock().acquire()));
      expect(await lockOf(three).writeLock().tryAcquire()).toBeNull();
      expect(readers.every((hold) => hold.isHeld())).toBe(true);
      await readers[0]!.release();
      expect(await lockOf(three).writeLock().tryAcquire()).toBeNull();
      await readers[1]!.release();
      const writer = await lockOf(three).writeLock().tryAcquire();
      expect(writer?.isHeld()).toBe(true);
      expect(await lockOf(one).readLock().tryAcquire()).toBeNull();
      expect(await lockOf(one).writeLock().tryAcquire()).toBeNull();
      await writer?.release();
      expect(
        await lockOf(one)
          .readLock()
          .run((hold) => hold.isHeld()),
      ).toBe(true);
      expect(await childrenOf(one, PATH)).toEqual([]);
    });
  });

  it('lets nobody overtake: no reader passes a waiting writer', async () => {
    await simulate(async (world) => {
      const [one, two] = [world.client(), world.client()];
      const first = await lockOf(one).readLock().acquire();
      const writer = await inLine(world, two, 'write');
      const late = await inLine(world, one, 'read');
      expect(await isPending(world, late.turn)).toBe(true);
      await first.release();
      const hold = await writer.turn;
      expect(await isPending(world, late.turn)).toBe(true);
      expect(hold.token).toBeGreaterThan(first.token);
      await hold.release();
      const last = await late.turn;
      expect(last.token).toBeGreaterThan(hold.token);
    });
  });

  it('lets readers in when the writer they wait for gives up', async () => {
    await simulate(async (world) => {
      const [one, two] = [world.client(), world.client()];
      const first = await lockOf(one).readLock().acquire();
      const leaving = new AbortController();
      const giving = lockOf(two)
        .writeLock()
        .acquire({ signal: leaving.signal })
        .catch(() => 'gave up');
      await untilChildren(world, one, [PATH, 2]);
      const late = [await inLine(world, one, 'read'), await inLine(world, two, 'read')];
      leaving.abort();
      expect(await giving).toBe('gave up');
      const holds = await Promise.all(late.map(({ turn }) => turn));
      expect([first, ...holds].every((hold) => hold.isHeld())).toBe(true);
    });
  });

  it('has readers wait for the nearest writer before them, and for the one before that when it gives up', async () => {
    await simulate(async (world) => {
      const [one, two] = [world.client(), world.client()];
      const holder = await lockOf(one).writeLock().acquire();
      const leaving = new AbortController();
      const giving = lockOf(two)
        .writeLock()
        .acquire({ signal: leaving.signal })
        .catch(() => 'gave up');
      await untilChildren(world, one, [PATH, 2]);
      const reader = await inLine(world, one, 'read');
      leaving.abort();
      expect(await giving).toBe('gave up');
      // It has been woken, and is not let in for that.
      expect(await isPending(world, reader.turn)).toBe(true);
      await holder.release();
      expect((await reader.turn).isHeld()).toBe(true);
    });
  });

  it('kazoo #649: gets through any order of readers and writers who leave in any order', async () => {
    await simulate(async (world) => {
      const clients = [world.client(), world.client(), world.client()];
      let readers = 0;
      let writers = 0;
      const work = async (at: number): Promise<void> => {
        const lock = lockOf(clients[at % clients.length]!);
        await world.sleep(world.random.float() * 50);
        if (at % 3 === 0) {
          await lock.writeLock().run(async () => {
            writers += 1;
            expect([readers, writers]).toEqual([0, 1]);
            await world.sleep(world.random.float() * 20);
            writers -= 1;
          });
        } else {
          await lock.readLock().run(async () => {
            readers += 1;
            expect(writers).toBe(0);
            await world.sleep(world.random.float() * 20);
            readers -= 1;
          });
        }
      };
      await Promise.all(Array.from({ length: 60 }, (_, at) => work(at)));
      expect(await childrenOf(clients[0]!, PATH)).toEqual([]);
    });
  });

  it('CURATOR-607: tells the node of every hold, and who stands in line', async () => {
    await simulate(async (world) => {
      const [one, two] = [world.client(), world.client()];
      const reader = await lockOf(one, { data: 'reader' }).readLock().acquire();
      await inLine(world, two, 'write');
      await inLine(world, one, 'read');
      const lock = lockOf(two);
      const everybody = await lock.participants();
      expect(everybody).toHaveLength(3);
      expect(everybody[0]).toBe(reader.path);
      expect(await lock.readLock().participants()).toEqual([everybody[0], everybody[2]]);
      expect(await lock.writeLock().participants()).toEqual([everybody[1]]);
      expect((await one.getData(reader.path)).data?.toString()).toBe('reader');
    });
  });

  it('can be asked back, as a mutex can', async () => {
    await simulate(async (world) => {
      const [one, two] = [world.client(), world.client()];
      const reader = await lockOf(one, { data: 'not shown' }).readLock().acquire({ revocable: true });
      const writing = lockOf(two).writeLock().acquire({ revocable: true });
      await untilChildren(world, one, [PATH, 2]);
      for (const path of await lockOf(two).participants()) await InterProcessMutex.revoke(two, path);
      await world.until(() => reader.revokeRequested.aborted);
      expect(reader.isHeld()).toBe(true);
      await reader.release();
      const writer = await writing;
      await world.until(() => writer.revokeRequested.aborted);
      expect(writer.isHeld()).toBe(true);
    });
  });

  it('waits, as Curator does, for a stranger in the line when it writes and not when it reads', async () => {
    await simulate(async (world) => {
      const client = world.client();
      await client.create('/locks');
      await client.create(PATH);
      await client.create(`${PATH}/0-stranger`);
      expect((await lockOf(client).readLock().tryAcquire())?.isHeld()).toBe(true);
      expect(await lockOf(client).writeLock().tryAcquire()).toBeNull();
    });
  });

  it.each([
    ['path', 'locks/rw', {}],
    ['deadlineMarginMs', '/rw', { deadlineMarginMs: -1 }],
    ['onSuspended', '/rw', { onSuspended: 'panic' as 'abort' }],
  ])('refuses a bad %s at once', async (name, path, options) => {
    await simulate(async (world) => {
      const make = (): unknown => new InterProcessReadWriteLock(world.client(), path, options);
      expect(make).toThrow(name);
    });
  });
});
