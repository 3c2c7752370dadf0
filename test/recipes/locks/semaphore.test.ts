import { describe, expect, it } from 'vitest';
import type { Client } from '../../../src/client/index.js';
import { InterProcessSemaphoreMutex, InterProcessSemaphoreV2, SharedCount } from '../../../src/recipes/index.js';
import type { HoldSet, PermitsSource } from '../../../src/recipes/index.js';
import { Latest } from '../../../src/recipes/support/latest.js';
import { simulate } from '../../../src/testing/index.js';
import type { SimulatedWorld } from '../../../src/testing/index.js';
import { childrenOf, isPending, untilChildren } from './in-world.js';

const PATH = '/limits/gpu';
const LOCKS = `${PATH}/locks`;
const LEASES = `${PATH}/leases`;

function semaphoreOf(client: Client, permits: number | PermitsSource = 2): InterProcessSemaphoreV2 {
  return new InterProcessSemaphoreV2(client, PATH, { permits });
}

/** Stands in line before the next one comes. */
async function inLine(world: SimulatedWorld, client: Client, count = 1): Promise<{ turn: Promise<HoldSet> }> {
  const before = (await childrenOf(client, LOCKS)).length;
  const turn = semaphoreOf(client).acquire({ count });
  await untilChildren(world, client, [LOCKS, before + 1]);
  return { turn };
}

describe('a semaphore', () => {
  it('has so many leases out and no more, and gives them in the order they were asked for', async () => {
    await simulate(async (world) => {
      const clients = [world.client(), world.client(), world.client()];
      let out = 0;
      let most = 0;
      const work = async (at: number): Promise<void> => {
        const semaphore = semaphoreOf(clients[at % 3]!, 3);
        await semaphore.run(
          async (leases) => {
            out += leases.holds.length;
            most = Math.max(most, out);
            await world.sleep(world.random.float() * 50);
            out -= leases.holds.length;
          },
          { count: 1 + (at % 3) },
        );
      };
      await Promise.all(Array.from({ length: 30 }, (_, at) => work(at)));
      expect(most).toBe(3);
      await world.sleep(1000);
      expect([await childrenOf(clients[0]!, LOCKS), await childrenOf(clients[0]!, LEASES)]).toEqual([[], []]);
    });
  });

  it('lets nobody overtake: who wants two is not passed by those who want one', async () => {
    await simulate(async (world) => {
      const [one, two] = [world.client(), world.client()];
      const first = await semaphoreOf(one).acquire();
      await untilChildren(world, one, [LOCKS, 0]);
      const big = await inLine(world, two, 2);
      const small = await inLine(world, one, 1);
      expect(await isPending(world, small.turn)).toBe(true);
      expect(await semaphoreOf(one).tryAcquire()).toBeNull();
      await first.release();
      const both = await big.turn;
      expect(both.holds).toHaveLength(2);
      expect(await isPending(world, small.turn)).toBe(true);
      await both.holds[0]!.release();
      expect(both.isHeld()).toBe(false);
      expect((await small.turn).isHeld()).toBe(true);
    });
  });

  it('two by two: callers who want all there is never hold half each', async () => {
    await simulate(async (world) => {
      const clients = [world.client(), world.client(), world.client()];
      for (let round = 0; round < 20; round++) {
        await Promise.all(
          clients.map((client) => semaphoreOf(client).run(() => world.sleep(5), { count: 2, timeoutMs: 10_000 })),
        );
      }
    });
  });

  it('CURATOR-230: tells how many are free, and who has the others', async () => {
    await simulate(async (world) => {
      const [one, two] = [world.client(), world.client()];
      expect(await semaphoreOf(one).available()).toBe(2);
      const leases = await new InterProcessSemaphoreV2(one, PATH, { permits: 2, data: 'me' }).acquire();
      expect(await semaphoreOf(two).available()).toBe(1);
      expect(await semaphoreOf(two).participants()).toEqual(leases.paths);
      expect((await two.getData(leases.path)).data?.toString()).toBe('me');
      const waiting = semaphoreOf(two).acquire({ count: 2 });
      await untilChildren(world, two, [LEASES, 3]);
      expect(await semaphoreOf(two).available()).toBe(0);
      await leases.release();
      await waiting;
    });
  });

  it('knows no owners, and recommends none to those who time out', async () => {
    await simulate(async (world) => {
      const client = world.client();
      const both = await semaphoreOf(client).acquire({ count: 2 });
      const { turn } = await inLine(world, client);
      const late = await semaphoreOf(client)
        .acquire({ timeoutMs: 100 })
        .catch((error: Error) => error.message);
      expect(late).toContain(`waiting behind ${LOCKS}/`);
      expect(late).not.toContain('owner');
      await both.release();
      await (await turn).release();
    });
  });

  it('CURATOR-75: takes more and fewer when the number of permits changes', async () => {
    await simulate(async (world) => {
      const [one, two] = [world.client(), world.client()];
      const permits = new Latest(1);
      const first = await semaphoreOf(one, permits).acquire();
      const second = semaphoreOf(two, permits).acquire();
      await untilChildren(world, one, [LEASES, 2]);
      expect(await isPending(world, second)).toBe(true);
      permits.set(2);
      expect((await second).isHeld()).toBe(true);
      permits.set(0);
      expect(first.isHeld()).toBe(true);
      expect(await semaphoreOf(one, permits).tryAcquire()).toBeNull();
      const third = semaphoreOf(one, permits).acquire();
      await untilChildren(world, one, [LEASES, 3]);
      await first.release();
      await (await second).release();
      expect(await isPending(world, third)).toBe(true);
      permits.set(1);
      expect((await third).isHeld()).toBe(true);
    });
  });

  it('has the number of permits from a SharedCount, the same for all', async () => {
    await simulate(async (world) => {
      const [one, two] = [world.client(), world.client()];
      const countOf = (client: Client): SharedCount => new SharedCount(client, '/limits/gpu-permits', { seed: 1 });
      const counts = [countOf(one), countOf(two)] as const;
      // Nobody gets in before the number is known.
      expect(await semaphoreOf(one, counts[0]).tryAcquire()).toBeNull();
      await Promise.all(counts.map((count) => count.start()));
      const first = await semaphoreOf(one, counts[0]).acquire();
      const second = semaphoreOf(two, counts[1]).acquire();
      expect(await isPending(world, second)).toBe(true);
      await counts[0].set(2);
      expect([first, await second].every((leases) => leases.isHeld())).toBe(true);
      await Promise.all(counts.map((count) => count.close()));
    });
  });

  it('rejects when the number of permits cannot be followed any more, and leaves nothing', async () => {
    await simulate(async (world) => {
      const client = world.client();
      const failing: PermitsSource = {
        value: 1,
        changes: () => ({
          [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('the count is gone')) }),
        }),
      };
      const lease = await semaphoreOf(client, failing).acquire();
      await expect(semaphoreOf(client, failing).acquire()).rejects.toThrow('the count is gone');
      expect(await childrenOf(client, LEASES)).toHaveLength(1);
      expect(await childrenOf(client, LOCKS)).toEqual([]);
      await lease.release();
    });
  });

  it('CURATOR-595: gives the leases of a dead client to others, once its session is over', async () => {
    await simulate(async (world) => {
      const [one, two] = [world.client({ sessionTimeoutMs: 2000 }), world.client()];
      await semaphoreOf(one).acquire({ count: 2 });
      const waiting = semaphoreOf(two).acquire({ count: 2 });
      await untilChildren(world, two, [LEASES, 4]);
      world.kill(one);
      expect((await waiting).isHeld()).toBe(true);
    });
  });

  it('CURATOR-335: does not wait behind its own inner lock when the connection broke as it was released', async () => {
    await simulate(async (world) => {
      const client = world.client();
      for (let round = 0; round < 10; round++) {
        const leases = await semaphoreOf(client).acquire({ timeoutMs: 10_000 });
        world.disconnect(client);
        const next = await semaphoreOf(client).acquire({ timeoutMs: 10_000 });
        await Promise.all([leases.release(), next.release()]);
      }
    });
  });

  it('CURATOR-315, CURATOR-462: has no lease left of a caller who gave up inside or in the line', async () => {
    await simulate(async (world) => {
      const [one, two] = [world.client(), world.client()];
      const leases = await semaphoreOf(one).acquire({ count: 2 });
      const inside = semaphoreOf(two).acquire({ timeoutMs: 1000 });
      const outside = inside.catch(() => semaphoreOf(two).acquire({ timeoutMs: 1000 }));
      await expect(inside).rejects.toThrow(`waiting for 1 more of 2 leases below ${LEASES}`);
      await expect(outside).rejects.toMatchObject({ code: 'TIMEOUT' });
      expect(await childrenOf(one, LEASES)).toHaveLength(2);
      expect(await childrenOf(one, LOCKS)).toEqual([]);
      await leases.release();
    });
  });

  it('goes on when somebody has removed the inner lock of one who waits: the older goes first', async () => {
    await simulate(async (world) => {
      const [one, two] = [world.client(), world.client()];
      const holder = await semaphoreOf(one, 1).acquire();
      const first = semaphoreOf(one, 1).acquire();
      await untilChildren(world, one, [LEASES, 2]);
      const [inner] = await childrenOf(one, LOCKS);
      await one.delete(`${LOCKS}/${inner}`);
      const second = semaphoreOf(two, 1).acquire();
      await untilChildren(world, one, [LEASES, 3]);
      await holder.release();
      const lease = await first;
      expect(await isPending(world, second)).toBe(true);
      await lease.release();
      expect((await second).isHeld()).toBe(true);
    });
  });

  it('starts again when somebody has removed the lease it waits with', async () => {
    await simulate(async (world) => {
      const [one, two] = [world.client(), world.client()];
      const holder = await semaphoreOf(one, 1).acquire();
      const waiting = semaphoreOf(two, 1).acquire();
      await untilChildren(world, one, [LEASES, 2]);
      const stranger = (await semaphoreOf(one).participants()).find((path) => path !== holder.path);
      await one.delete(stranger!);
      await untilChildren(world, one, [LEASES, 2]);
      await holder.release();
      expect((await waiting).isHeld()).toBe(true);
    });
  });

  it('counts a stranger among the leases, as Curator does', async () => {
    await simulate(async (world) => {
      const client = world.client();
      await (await semaphoreOf(client).acquire()).release();
      await client.create(`${LEASES}/stranger`);
      expect((await semaphoreOf(client).tryAcquire())?.isHeld()).toBe(true);
      expect(await semaphoreOf(client).tryAcquire()).toBeNull();
      expect(await semaphoreOf(client).available()).toBe(0);
    });
  });

  it('refuses what it can never do', async () => {
    await simulate(async (world) => {
      const client = world.client();
      expect(() => semaphoreOf(client, 0)).toThrow('permits is 0');
      expect(() => semaphoreOf(client, 1.5)).toThrow('permits is 1.5');
      expect(() => semaphoreOf(client, {} as PermitsSource)).toThrow('permits is {}');
      expect(() => new InterProcessSemaphoreV2(client, 'limits', { permits: 1 })).toThrow('limits');
      for (const count of [0, 1.5, 3]) {
        await expect(semaphoreOf(client).acquire({ count })).rejects.toMatchObject({ code: 'BAD_ARGUMENTS' });
      }
      const permits = new Latest(1);
      await expect(semaphoreOf(client, permits).tryAcquire({ count: 2 })).resolves.toBeNull();
      await expect(semaphoreOf(client, permits).acquire({ count: -1 })).rejects.toThrow('count is -1');
    });
  });
});

describe('a semaphore mutex', () => {
  it('is held by one at a time, in order, with growing tokens, and released from anywhere', async () => {
    await simulate(async (world) => {
      const [one, two] = [world.client(), world.client()];
      const lockOf = (client: Client): InterProcessSemaphoreMutex => new InterProcessSemaphoreMutex(client, PATH);
      const hold = await lockOf(one).acquire();
      expect(await lockOf(two).tryAcquire()).toBeNull();
      expect(await lockOf(two).participants()).toEqual([hold.path]);
      const next = lockOf(two).acquire();
      expect(await isPending(world, next)).toBe(true);
      await hold.release();
      expect((await next).token).toBeGreaterThan(hold.token);
      await (await next).release();
      expect(await lockOf(one).run((held) => held.isHeld())).toBe(true);
      const last = await lockOf(one).tryAcquire();
      expect(last?.isHeld()).toBe(true);
      // Two locks on one path, one of them a semaphore of one, exclude each other.
      expect(await semaphoreOf(two, 1).tryAcquire()).toBeNull();
    });
  });
});
