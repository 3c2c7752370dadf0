import { describe, expect, it } from 'vitest';
import type { Client } from '../../../src/client/index.js';
import {
  InterProcessMultiLock,
  InterProcessMutex,
  InterProcessReadWriteLock,
  InterProcessSemaphoreMutex,
} from '../../../src/recipes/index.js';
import { simulate } from '../../../src/testing/index.js';
import { childrenOf, isPending, untilChildren } from './in-world.js';

const [A, B, C] = ['/locks/a', '/locks/b', '/locks/c'] as const;

async function nodesOf(client: Client): Promise<number[]> {
  return Promise.all([A, B, C].map(async (path) => (await childrenOf(client, path)).length));
}

describe('a multi lock', () => {
  it('holds all of its locks, and gives all of them back', async () => {
    await simulate(async (world) => {
      const [one, two] = [world.client(), world.client()];
      const set = await new InterProcessMultiLock(one, [C, A]).acquire();
      expect(set.isHeld()).toBe(true);
      expect(set.remainingMs()).toBeGreaterThan(0);
      expect(set.paths.map((path) => path.slice(0, A.length))).toEqual([A, C]);
      expect(set.path).toBe(set.paths[0]);
      expect(set.token).toBe(set.holds[1]?.token);
      expect(await set.verify()).toBe(true);
      expect(await new InterProcessMutex(two, C).tryAcquire()).toBeNull();
      expect(await new InterProcessMultiLock(two, [B, C]).tryAcquire()).toBeNull();
      expect(await nodesOf(two)).toEqual([1, 0, 1]);
      await set.release();
      await set.release();
      expect(await nodesOf(two)).toEqual([0, 0, 0]);
      expect(set.signal.reason).toMatchObject({ reason: 'released' });
      expect(set.remainingMs()).toBe(0);
      expect(await new InterProcessMultiLock(two, [B, C]).run((held) => held.isHeld())).toBe(true);
      expect(await nodesOf(two)).toEqual([0, 0, 0]);
    });
  });

  it('never deadlocks with another that names the same locks in another order', async () => {
    await simulate(async (world) => {
      const clients = [world.client(), world.client(), world.client()];
      let inside = 0;
      const work = async (at: number): Promise<void> => {
        const paths = at % 2 === 0 ? [A, B, C] : [C, B, A];
        await new InterProcessMultiLock(clients[at % 3]!, paths).run(async () => {
          inside += 1;
          expect(inside).toBe(1);
          await world.sleep(10);
          inside -= 1;
        });
      };
      await Promise.all(Array.from({ length: 12 }, (_, at) => work(at)));
    });
  });

  it('CURATOR-233: has one time-out for all, stops at the first failure, and holds nothing then', async () => {
    await simulate(async (world) => {
      const [one, two] = [world.client(), world.client()];
      const [b, c] = [await new InterProcessMutex(two, B).acquire(), await new InterProcessMutex(two, C).acquire()];
      const fromMs = world.nowMs;
      const failure = await new InterProcessMultiLock(one, [A, B, C])
        .acquire({ timeoutMs: 1000 })
        .catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'TIMEOUT' });
      expect(String(failure)).toContain(`waiting for ${B}, with 1 of 3 held`);
      expect(world.nowMs - fromMs).toBeLessThan(1500);
      expect(await nodesOf(two)).toEqual([0, 1, 1]);
      await Promise.all([b.release(), c.release()]);
    });
  });

  it('holds nothing when one of its locks fails', async () => {
    await simulate(async (world) => {
      const client = world.client();
      const failing = {
        path: B,
        acquire: () => Promise.reject(new Error('out of order')),
        tryAcquire: () => Promise.reject(new Error('out of order')),
      };
      const lock = new InterProcessMultiLock(client, [A, failing, C]);
      await expect(lock.acquire()).rejects.toThrow('out of order');
      await expect(lock.tryAcquire()).rejects.toThrow('out of order');
      expect(await nodesOf(client)).toEqual([0, 0, 0]);
    });
  });

  it('starts again when it loses one lock while it waits for another', async () => {
    await simulate(async (world) => {
      const [one, two] = [world.client(), world.client()];
      const holder = await new InterProcessMutex(two, B).acquire();
      const onSuspended = 'abort' as const;
      const acquiring = new InterProcessMultiLock(one, [A, B], { onSuspended }).acquire();
      await untilChildren(world, two, [B, 2]);
      world.disconnect(one);
      await world.sleep(3000);
      // The first hold ended with the connection; another one has been got since.
      expect(await isPending(world, acquiring)).toBe(true);
      expect(await nodesOf(two)).toEqual([1, 2, 0]);
      await holder.release();
      const set = await acquiring;
      expect(set.isHeld()).toBe(true);
      expect(await nodesOf(two)).toEqual([1, 1, 0]);
    });
  });

  it('ends with the first of its locks that ends, and guards a transaction with all', async () => {
    await simulate(async (world) => {
      const [one, two] = [world.client(), world.client()];
      const set = await new InterProcessMultiLock(one, [A, B]).acquire();
      expect(set.checkOps()).toEqual(set.paths.map((path) => [path, {}]));
      await set.transaction().create('/first').commit();
      await two.delete(set.paths[1]!);
      await expect(set.transaction().create('/second').commit()).rejects.toMatchObject({ index: 1, code: 'NO_NODE' });
      expect(await set.verify()).toBe(false);
      expect(set.signal.reason).toMatchObject({ reason: 'node-deleted' });
      expect(() => set.checkOps()).toThrow('not held');
      expect(() => set.assertHeld()).toThrow('not held');
      // The other one is held still, and goes with the set.
      expect(await nodesOf(two)).toEqual([1, 0, 0]);
      await set.release();
      expect(await nodesOf(two)).toEqual([0, 0, 0]);
    });
  });

  it('takes locks of any kind, in the order given if it is told to', async () => {
    await simulate(async (world) => {
      const client = world.client();
      const lock = new InterProcessMultiLock(
        client,
        [new InterProcessSemaphoreMutex(client, C), new InterProcessReadWriteLock(client, B).readLock(), A],
        { order: 'as-given', data: 'me' },
      );
      expect(lock.paths).toEqual([C, B, A]);
      const set = await lock.acquire();
      expect((await client.getData(set.paths[2]!)).data?.toString()).toBe('me');
      await set.release();
    });
  });

  it('refuses what cannot be one lock', async () => {
    await simulate(async (world) => {
      const client = world.client();
      expect(() => new InterProcessMultiLock(client, [])).toThrow('locks is empty');
      const rw = new InterProcessReadWriteLock(client, A);
      expect(() => new InterProcessMultiLock(client, [rw.readLock(), rw.writeLock()])).toThrow(`${A} twice`);
      const order = 'random' as 'sorted';
      expect(() => new InterProcessMultiLock(client, [A], { order })).toThrow('order is random');
    });
  });
});
