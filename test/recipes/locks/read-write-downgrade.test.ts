import { describe, expect, it } from 'vitest';
import type { Client } from '../../../src/client/index.js';
import { InterProcessReadWriteLock, LockLostError } from '../../../src/recipes/index.js';
import { simulate } from '../../../src/testing/index.js';
import { childrenOf, isPending, untilChildren } from './in-world.js';

const PATH = '/locks/rw';

function lockOf(client: Client): InterProcessReadWriteLock {
  return new InterProcessReadWriteLock(client, PATH);
}

describe('a writer that becomes a reader', () => {
  it('CURATOR-276, CURATOR-621: lets no writer in between who was waiting already', async () => {
    await simulate(async (world) => {
      const [one, two] = [world.client(), world.client()];
      const writer = await lockOf(one).writeLock().acquire();
      const waiting = lockOf(two).writeLock().acquire();
      await untilChildren(world, one, [PATH, 2]);
      const reader = await writer.downgrade();
      expect([writer.isHeld(), reader.isHeld()]).toEqual([false, true]);
      expect(writer.signal.reason).toMatchObject({ reason: 'released' });
      expect(reader.path).toMatch(/__READ__0000000000$/);
      expect(await isPending(world, waiting)).toBe(true);
      // What it wrote is fenced with its token; a larger one would shut out the writer who waits.
      expect(reader.token).toBe(writer.token);
      await reader.transaction().create('/written').commit();
      await reader.release();
      expect((await waiting).token).toBeGreaterThan(reader.token);
    });
  });

  it('lets waiting readers in, up to the next writer', async () => {
    await simulate(async (world) => {
      const [one, two] = [world.client(), world.client()];
      const writer = await lockOf(one).writeLock().acquire();
      const early = lockOf(two).readLock().acquire();
      await untilChildren(world, one, [PATH, 2]);
      const waiting = lockOf(two).writeLock().acquire();
      await untilChildren(world, one, [PATH, 3]);
      const late = lockOf(one).readLock().acquire();
      await untilChildren(world, one, [PATH, 4]);
      const reader = await writer.downgrade();
      expect((await early).isHeld()).toBe(true);
      expect(await isPending(world, late)).toBe(true);
      await reader.release();
      await (await early).release();
      await (await waiting).release();
      expect((await late).isHeld()).toBe(true);
    });
  });

  it('keeps the write lock when its patience ends before', async () => {
    await simulate(async (world) => {
      const client = world.client();
      const writer = await lockOf(client).writeLock().acquire();
      world.isolate(client);
      await expect(writer.downgrade({ timeoutMs: 300 })).rejects.toMatchObject({ code: 'TIMEOUT' });
      expect(writer.isHeld()).toBe(true);
      world.heal();
      await untilChildren(world, client, [PATH, 1]);
      const [name] = await childrenOf(client, PATH);
      expect(writer.path).toBe(`${PATH}/${name}`);
      expect((await writer.downgrade()).isHeld()).toBe(true);
    });
  });

  it('is no reader when its node is gone, and leaves nothing: somebody else may be the writer', async () => {
    await simulate(async (world) => {
      const [one, two] = [world.client(), world.client()];
      const writer = await lockOf(one).writeLock().acquire();
      const waiting = lockOf(two).writeLock().acquire();
      await untilChildren(world, one, [PATH, 2]);
      await two.delete(writer.path);
      const next = await waiting;
      const refused = await writer.downgrade().catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(LockLostError);
      expect(refused).toMatchObject({ reason: 'node-deleted' });
      expect(await lockOf(two).participants()).toEqual([next.path]);
    });
  });

  it('is no reader when its session is over, or when it is released already', async () => {
    await simulate(async (world) => {
      const client = world.client({ sessionTimeoutMs: 2000 });
      const released = await lockOf(client).writeLock().acquire();
      await released.release();
      await expect(released.downgrade()).rejects.toMatchObject({ reason: 'released' });
      const lost = await lockOf(client).writeLock().acquire();
      world.isolate(client);
      const downgrading = lost.downgrade();
      const outcome = downgrading.catch((error: unknown) => error);
      await world.until(() => client.state === 'lost');
      world.heal();
      expect(await outcome).toMatchObject({ code: 'LOCK_LOST' });
      await world.sleep(10_000);
      expect(await childrenOf(client, PATH)).toEqual([]);
    });
  });
});

describe('an owner', () => {
  it('enters either half again with one node, and is not mixed up with others', async () => {
    await simulate(async (world) => {
      const client = world.client();
      const lock = lockOf(client);
      const holds = await Promise.all([1, 2].map(() => lock.writeLock().acquire({ owner: 'job' })));
      expect(await childrenOf(client, PATH)).toHaveLength(1);
      expect(await lock.writeLock().tryAcquire({ owner: 'other' })).toBeNull();
      expect(await lock.readLock().tryAcquire({ owner: 'other' })).toBeNull();
      for (const hold of holds) await hold.release();
      const reads = await Promise.all([1, 2].map(() => lock.readLock().acquire({ owner: 'job' })));
      expect(await childrenOf(client, PATH)).toHaveLength(1);
      for (const hold of reads) await hold.release();
      expect(await childrenOf(client, PATH)).toEqual([]);
    });
  });

  it('that writes may read as well, at once, and goes on reading when it has stopped writing', async () => {
    await simulate(async (world) => {
      const [one, two] = [world.client(), world.client()];
      const lock = lockOf(one);
      const writer = await lock.writeLock().acquire({ owner: 'job' });
      const waiting = lockOf(two).writeLock().acquire();
      await untilChildren(world, one, [PATH, 2]);
      const reader = await lock.readLock().acquire({ owner: 'job' });
      await writer.release();
      expect(await isPending(world, waiting)).toBe(true);
      expect(reader.isHeld()).toBe(true);
      await reader.release();
      expect((await waiting).isHeld()).toBe(true);
    });
  });

  it('keeps writing until the last of its write holds is released or downgraded', async () => {
    await simulate(async (world) => {
      const client = world.client();
      const lock = lockOf(client);
      const [outer, inner] = [
        await lock.writeLock().acquire({ owner: 'job' }),
        await lock.writeLock().acquire({ owner: 'job' }),
      ];
      const reader = await inner.downgrade();
      expect([outer.isHeld(), inner.isHeld(), reader.isHeld()]).toEqual([true, false, true]);
      expect(await childrenOf(client, PATH)).toHaveLength(2);
      const again = await outer.downgrade();
      expect(again.path).toBe(reader.path);
      expect(await childrenOf(client, PATH)).toHaveLength(1);
      await reader.release();
      expect(again.isHeld()).toBe(true);
      await again.release();
      expect(await childrenOf(client, PATH)).toEqual([]);
    });
  });

  it('that was the writer, and whose node is gone, reads when its turn comes', async () => {
    await simulate(async (world) => {
      const [one, two] = [world.client(), world.client()];
      const lock = lockOf(one);
      const writer = await lock.writeLock().acquire({ owner: 'job' });
      await two.delete(writer.path);
      const next = await lockOf(two).writeLock().acquire();
      const reading = lock.readLock().acquire({ owner: 'job' });
      expect(await isPending(world, reading)).toBe(true);
      expect(writer.isHeld()).toBe(false);
      await next.release();
      expect((await reading).token).toBeGreaterThan(next.token);
    });
  });

  it('that reads is told at once that it cannot become the writer', async () => {
    await simulate(async (world) => {
      const lock = lockOf(world.client());
      const reader = await lock.readLock().acquire({ owner: 'job' });
      await expect(lock.writeLock().acquire({ owner: 'job' })).rejects.toMatchObject({ code: 'BAD_ARGUMENTS' });
      await reader.release();
      expect((await lock.writeLock().acquire({ owner: 'job' })).isHeld()).toBe(true);
    });
  });
});
