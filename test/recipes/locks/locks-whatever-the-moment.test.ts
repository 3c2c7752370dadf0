import { describe, expect, it } from 'vitest';
import type { Client, WaitOptions } from '../../../src/client/index.js';
import {
  InterProcessMultiLock,
  InterProcessMutex,
  InterProcessReadWriteLock,
  InterProcessSemaphoreMutex,
  InterProcessSemaphoreV2,
} from '../../../src/recipes/index.js';
import { simulate } from '../../../src/testing/index.js';
import type { SimulatedWorld } from '../../../src/testing/index.js';
import { childrenOf } from './in-world.js';

interface Held {
  isHeld(): boolean;
  release(): Promise<void>;
}

interface Case {
  readonly name: string;
  readonly acquire: (client: Client, wait: WaitOptions) => Promise<Held>;
  /** Where contenders stand. */
  readonly paths: readonly string[];
  /** How many nodes there are while somebody holds it. */
  readonly held: number;
}

const PATH = '/locks/a';
const SEMAPHORE = [`${PATH}/locks`, `${PATH}/leases`];
const rw = (client: Client): InterProcessReadWriteLock => new InterProcessReadWriteLock(client, PATH);
const semaphore = (client: Client): InterProcessSemaphoreV2 =>
  new InterProcessSemaphoreV2(client, PATH, { permits: 2 });
const multi = (client: Client): InterProcessMultiLock => {
  return new InterProcessMultiLock(client, ['/locks/a', new InterProcessMutex(client, '/locks/b')]);
};

/** Each of them can be held once at a time. */
const cases: readonly Case[] = [
  { name: 'write lock', acquire: (client, wait) => rw(client).writeLock().acquire(wait), paths: [PATH], held: 1 },
  {
    name: 'downgraded writer',
    acquire: async (client, wait) => {
      const hold = await rw(client).writeLock().acquire(wait);
      try {
        return await hold.downgrade(wait);
      } catch (error) {
        await hold.release();
        throw error;
      }
    },
    paths: [PATH],
    held: 1,
  },
  {
    name: 'semaphore',
    acquire: (client, wait) => semaphore(client).acquire({ ...wait, count: 2 }),
    paths: SEMAPHORE,
    held: 2,
  },
  {
    name: 'semaphore mutex',
    acquire: (client, wait) => new InterProcessSemaphoreMutex(client, PATH).acquire(wait),
    paths: SEMAPHORE,
    held: 1,
  },
  { name: 'multi lock', acquire: (client, wait) => multi(client).acquire(wait), paths: [PATH, '/locks/b'], held: 2 },
];

async function nodesOf({ paths }: Case, client: Client): Promise<string[]> {
  return (await Promise.all(paths.map((path) => childrenOf(client, path)))).flat();
}

/** Some time after the last one has left, when what is done in the background is done. */
async function nodesLater(world: SimulatedWorld, each: Case, client: Client): Promise<string[]> {
  await world.sleep(3000);
  return nodesOf(each, client);
}

describe.each(cases)('a $name', (each) => {
  it('that is called off at any moment of its way in is taken or leaves nothing', async () => {
    await simulate(async (world) => {
      const [client, observer] = [world.client(), world.client()];
      await (await each.acquire(client, {})).release();
      let taken = 0;
      for (let delayMs = 0; delayMs <= 60; delayMs += 1.5) {
        const abort = new AbortController();
        const reason = new Error('never mind');
        const acquiring = each.acquire(client, { signal: abort.signal }).catch((error: unknown) => {
          expect(error).toBe(reason);
          return null;
        });
        await world.sleep(delayMs);
        abort.abort(reason);
        const hold = await acquiring;
        if (hold !== null) taken += 1;
        await hold?.release();
        // What belongs to it was off the servers when it settled, or is taken off in the background.
        await observer.sync('/locks');
        if (hold === null) expect(await nodesOf(each, observer)).toEqual([]);
        expect(await nodesLater(world, each, observer)).toEqual([]);
      }
      expect(taken).toBeGreaterThan(0);
      expect(taken).toBeLessThan(40);
    });
  });

  it('that is called off at any moment of waiting leaves nothing, and disturbs nobody', async () => {
    await simulate(async (world) => {
      const [client, observer] = [world.client(), world.client()];
      const holder = await each.acquire(observer, {});
      for (let delayMs = 0; delayMs <= 40; delayMs += 2) {
        const waiting = each.acquire(client, { signal: AbortSignal.abort() });
        await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
        await expect(each.acquire(client, { timeoutMs: delayMs })).rejects.toMatchObject({ code: 'TIMEOUT' });
        await observer.sync('/locks');
        expect(await nodesOf(each, observer)).toHaveLength(each.held);
      }
      expect(holder.isHeld()).toBe(true);
      await holder.release();
      const next = await each.acquire(client, {});
      await next.release();
      expect(await nodesLater(world, each, observer)).toEqual([]);
    });
  });

  it('gets in once, whichever reply is lost', async () => {
    await simulate(async (world) => {
      const [client, observer] = [world.client(), world.client()];
      await (await each.acquire(client, {})).release();
      for (let delayMs = 0; delayMs <= 40; delayMs += 2) {
        const acquiring = each.acquire(client, {});
        await world.sleep(delayMs);
        world.loseReply(client);
        const hold = await acquiring;
        expect(hold.isHeld()).toBe(true);
        await world.sleep(2000);
        await observer.sync('/locks');
        expect(await nodesOf(each, observer)).toHaveLength(each.held);
        world.loseReply(client);
        await hold.release();
        await observer.sync('/locks');
        expect(await nodesLater(world, each, observer)).toEqual([]);
      }
    });
  });

  it('starts again with a new session when it loses its own while it waits', async () => {
    await simulate(async (world) => {
      const [client, observer] = [world.client({ sessionTimeoutMs: 2000 }), world.client()];
      const holder = await each.acquire(observer, {});
      const waiting = each.acquire(client, {});
      await world.sleep(500);
      world.isolate(client);
      await world.until(() => client.state === 'lost');
      world.heal();
      await world.until(() => client.state === 'connected');
      await world.sleep(5000);
      await holder.release();
      const hold = await waiting;
      expect(hold.isHeld()).toBe(true);
      expect(await nodesLater(world, each, observer)).toHaveLength(each.held);
      await hold.release();
      expect(await nodesLater(world, each, observer)).toEqual([]);
    });
  });

  it('is lost in time by a holder that is cut off, and by one that stands still', async () => {
    await simulate(async (world) => {
      const [client, other] = [world.client({ sessionTimeoutMs: 2000 }), world.client()];
      let hold = await each.acquire(client, {});
      const next = each.acquire(other, {});
      world.isolate(client);
      const overtaken = await next;
      expect(hold.isHeld()).toBe(false);
      await hold.release();
      world.heal();
      await overtaken.release();

      hold = await each.acquire(client, {});
      const after = each.acquire(other, {});
      world.stall(client, 6000);
      await (await after).release();
      await world.sleep(6000);
      // The first thing that it does when it runs again.
      expect(hold.isHeld()).toBe(false);
      await hold.release();
      expect(await nodesLater(world, each, other)).toEqual([]);
    });
  });

  it('goes on when its containers were collected between two rounds', async () => {
    await simulate(async (world) => {
      const [client, operator] = [world.client(), world.client()];
      for (let round = 0; round < 3; round++) {
        await (await each.acquire(client, {})).release();
        await nodesLater(world, each, operator);
        for (const path of each.paths) await operator.delete(path);
      }
      expect(await nodesOf(each, operator)).toEqual([]);
    });
  });

  it('is free again when its holder is killed', async () => {
    await simulate(async (world) => {
      const [client, other] = [world.client({ sessionTimeoutMs: 2000 }), world.client()];
      await each.acquire(client, {});
      const waiting = each.acquire(other, { timeoutMs: 10_000 });
      world.kill(client);
      expect((await waiting).isHeld()).toBe(true);
    });
  });
});
