import { describe, expect, it, vi } from 'vitest';
import { Client, NoNodeError, OutcomeUnknownError } from '../../../src/client/index.js';
import {
  CachedAtomicInteger,
  CachedAtomicLong,
  DistributedAtomicInteger,
  DistributedAtomicLong,
  DistributedAtomicValue,
} from '../../../src/recipes/index.js';
import { simulate } from '../../../src/testing/index.js';
import { loseReplyOf } from '../support/lose-reply-of.js';
import { int64 } from './bytes.js';

const PATH = '/counters/a';
const LOCK = '/counters/a-lock';

function childrenOf(client: Client, path: string): Promise<string[]> {
  return client.getChildren(path).then(
    ({ children }) => children,
    (error: unknown) => {
      if (error instanceof NoNodeError) return [];
      throw error;
    },
  );
}

describe('an atomic number', () => {
  it('is 0 until it is written, and adds', async () => {
    await simulate(async (world) => {
      const long = new DistributedAtomicLong(world.client(), PATH);
      expect(await long.get()).toBe(0n);
      expect(await long.compareAndSet(0n, 1n)).toMatchObject({ succeeded: false, preValue: 0n });
      expect(await long.increment()).toMatchObject({ succeeded: true, preValue: 0n, postValue: 1n });
      expect(await long.add(41n)).toMatchObject({ preValue: 1n, postValue: 42n });
      expect(await long.decrement()).toMatchObject({ postValue: 41n });
      expect(await long.subtract(1n)).toMatchObject({ postValue: 40n });
      expect(await long.compareAndSet(40n, -1n)).toMatchObject({ succeeded: true, preValue: 40n, postValue: -1n });
      expect(await long.compareAndSet(40n, 7n)).toMatchObject({ succeeded: false, preValue: -1n });
      expect(await long.trySet(2n)).toMatchObject({ succeeded: true, postValue: 2n });
      expect(await long.initialize(9n)).toBe(false);
      await long.forceSet(2n ** 63n - 1n);
      expect(await long.increment()).toMatchObject({ postValue: -(2n ** 63n) });
      expect(await long.get({ sync: true })).toBe(-(2n ** 63n));
    });
  });

  it('has 32 bits in the smaller kind', async () => {
    await simulate(async (world) => {
      const client = world.client();
      const integer = new DistributedAtomicInteger(client, PATH);
      expect(await integer.initialize(-1)).toBe(true);
      expect((await client.getData(PATH)).data?.toString('hex')).toBe('ffffffff');
      await integer.forceSet(2 ** 31 - 1);
      expect(await integer.increment()).toMatchObject({ postValue: -(2 ** 31) });
      await expect(integer.add(0.5)).rejects.toThrow('0.5 is not a 32-bit integer');
    });
  });

  it('refuses what is no number, given or found', async () => {
    await simulate(async (world) => {
      const client = world.client();
      const long = new DistributedAtomicLong(client, PATH);
      await expect(long.add(2n ** 63n)).rejects.toThrow('not a bigint of 64 bits');
      await expect(long.forceSet(1 as never)).rejects.toMatchObject({ code: 'BAD_ARGUMENTS' });
      await long.increment();
      await client.setData(PATH, 'abc');
      await expect(long.increment()).rejects.toMatchObject({ code: 'CORRUPT_DATA', path: PATH });
      await long.forceSet(7n);
      expect(await long.get()).toBe(7n);
      await client.setData(PATH, '');
      expect(await long.increment()).toMatchObject({ preValue: 0n, postValue: 1n });
      expect(() => new DistributedAtomicLong(client, PATH, { promotedToLock: { path: PATH } })).toThrow('of the value');
    });
  });

  it('counts each of the increments that twenty make at once', async () => {
    await simulate(async (world) => {
      const clients = [world.client(), world.client(), world.client(), world.client()];
      const counters = Array.from({ length: 20 }, (_, at) => new DistributedAtomicLong(clients[at % 4]!, PATH));
      const posts = await Promise.all(
        counters.map(async (counter) => [(await counter.increment()).postValue, (await counter.increment()).postValue]),
      );
      expect([...posts.flat()].sort((a, b) => Number(a - b))).toEqual(
        Array.from({ length: 40 }, (_, at) => BigInt(at + 1)),
      );
    });
  });

  it('lets those that lose too often take turns', async () => {
    await simulate(async (world) => {
      const options = { promotedToLock: { path: LOCK, optimisticTriesMax: 1 } };
      const clients = [world.client(), world.client()];
      const counters = Array.from(
        { length: 12 },
        (_, at) => new DistributedAtomicLong(clients[at % 2]!, PATH, options),
      );
      const changes = await Promise.all(counters.map((counter) => counter.increment()));
      expect(changes.some(({ stats }) => stats.promotedTries > 0)).toBe(true);
      expect(changes.every(({ stats }) => stats.optimisticTries === 1)).toBe(true);
      expect(await counters[0]!.get({ sync: true })).toBe(12n);
      await world.sleep(100);
      expect(await childrenOf(clients[0]!, LOCK)).toEqual([]);
    });
  });

  it('goes on without the lock when that takes too long', async () => {
    await simulate(async (world) => {
      const [client, other] = [world.client(), world.client()];
      const counter = new DistributedAtomicLong(client, PATH, {
        promotedToLock: { path: LOCK, optimisticTriesMax: 1, timeoutMs: 200 },
      });
      await other.create('/counters');
      await other.create(LOCK);
      await other.create(`${LOCK}/lock-`, '', { mode: 'ephemeral-sequential' });
      const busy = new DistributedAtomicLong(other, PATH);
      const changes = await Promise.all([counter.increment(), counter.increment(), busy.increment(), busy.increment()]);
      expect(new Set(changes.map(({ postValue }) => postValue)).size).toBe(4);
    });
  });
});

describe('an atomic number whose reply gets lost', () => {
  it('is never added to twice: the doubt is told (1.3)', async () => {
    await simulate(async (world) => {
      const client = world.client();
      const long = new DistributedAtomicLong(client, PATH);
      await long.increment();
      expect(await long.get()).toBe(1n);
      loseReplyOf(world, client, 'getData');
      expect(await long.get()).toBe(1n);
      loseReplyOf(world, client, 'setData');
      const error = await long.increment().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(OutcomeUnknownError);
      expect(error).toMatchObject({ attempted: 2n, observed: 2n, ambiguous: true, path: PATH });
      expect(await long.get({ sync: true })).toBe(2n);
    });
  });

  it('is added to exactly once with a marker, of which nothing is left', async () => {
    await simulate(async (world) => {
      const client = world.client();
      const long = new DistributedAtomicLong(client, PATH, { exactlyOnce: true });
      await long.increment();
      loseReplyOf(world, client, 'transaction');
      expect(await long.increment()).toMatchObject({ succeeded: true, preValue: 1n, postValue: 2n });
      expect(await long.get({ sync: true })).toBe(2n);
      await world.sleep(1000);
      expect(await childrenOf(client, `${PATH}-outcomes`)).toEqual([]);
    });
  });

  it('of its first increment, which makes the node, is told likewise', async () => {
    await simulate(async (world) => {
      const client = world.client();
      await client.create('/counters');
      const long = new DistributedAtomicLong(client, PATH);
      loseReplyOf(world, client, 'create');
      await expect(long.increment()).rejects.toMatchObject({
        code: 'OUTCOME_UNKNOWN',
        attempted: 1n,
        observed: 1n,
      });
    });
  });

  it('is known not to be added to when somebody else has written something else', async () => {
    await simulate(async (world) => {
      const [client, other] = [world.client(), world.client()];
      const [long, foreign] = [new DistributedAtomicLong(client, PATH), new DistributedAtomicLong(other, PATH)];
      await long.increment();
      // What is sent while nothing arrives at a server: it is lost, and not carried out.
      for (const server of world.servers) world.block(client, server);
      const adding = long.increment();
      await world.sleep(50);
      await foreign.forceSet(10n);
      world.heal();
      expect((await adding).postValue).toBe(11n);
    });
  });

  it('is set by force as often as needed', async () => {
    await simulate(async (world) => {
      const client = world.client();
      const long = new DistributedAtomicLong(client, PATH);
      await long.increment();
      loseReplyOf(world, client, 'setData');
      await long.forceSet(7n);
      expect(await long.get({ sync: true })).toBe(7n);
    });
  });

  it('says when a time-out leaves it open whether it was added to', async () => {
    await simulate(async (world) => {
      const client = world.client();
      const long = new DistributedAtomicLong(client, PATH);
      await long.increment();
      vi.spyOn(client, 'getData').mockImplementationOnce((path) => {
        for (const server of world.servers) world.block(server, client);
        return Client.prototype.getData.call(client, path);
      });
      // Nothing was sent but a read.
      await expect(long.increment({ timeoutMs: 100 })).rejects.toMatchObject({ code: 'TIMEOUT', ambiguous: false });
      world.heal();
      vi.spyOn(client, 'setData').mockImplementationOnce((...args) => {
        for (const server of world.servers) world.block(server, client);
        return Client.prototype.setData.apply(client, args);
      });
      await expect(long.increment({ timeoutMs: 100 })).rejects.toMatchObject({
        code: 'OUTCOME_UNKNOWN',
        attempted: 2n,
        observed: undefined,
      });
      world.heal();
      expect(await long.get({ sync: true })).toBe(2n);
    });
  });
});

describe('an atomic value', () => {
  it('compares bytes', async () => {
    await simulate(async (world) => {
      const value = new DistributedAtomicValue(world.client(), PATH);
      expect(await value.get()).toEqual(Buffer.alloc(0));
      expect(await value.compareAndSet('', 'a')).toMatchObject({ succeeded: false });
      expect(await value.initialize('abc')).toBe(true);
      expect(await value.compareAndSet('abc', 'def')).toMatchObject({ succeeded: true, postValue: Buffer.from('def') });
      expect(await value.trySet(Buffer.from('x'))).toMatchObject({ succeeded: true });
      await value.forceSet('y');
      expect((await value.get()).toString()).toBe('y');
    });
  });
});

describe('cached numbers', () => {
  it('are unique over callers and processes, and cost one write a block', async () => {
    await simulate(async (world) => {
      const clients = [world.client(), world.client()];
      const counters = clients.map((client) => new DistributedAtomicLong(client, PATH));
      const caches = counters.map((counter, at) => new CachedAtomicLong(clients[at]!, counter, 10));
      const numbers = await Promise.all(Array.from({ length: 50 }, (_, at) => caches[at % 2]!.next()));
      expect(new Set(numbers.map(({ preValue }) => preValue)).size).toBe(50);
      for (const { preValue, postValue } of numbers) expect(postValue).toBe(preValue + 1n);
      const { stat, data } = await clients[0]!.getData(PATH);
      expect(data).toEqual(int64(60n));
      expect(stat.version).toBe(5);
    });
  });

  it('are never given out twice when a reply gets lost: a block is left out', async () => {
    await simulate(async (world) => {
      const client = world.client();
      const counter = new DistributedAtomicInteger(client, PATH);
      await counter.increment();
      const cache = new CachedAtomicInteger(client, counter, 2);
      const first = await cache.next();
      await cache.next();
      loseReplyOf(world, client, 'setData');
      const numbers = [first, await cache.next(), await cache.next(), await cache.next()].map(
        ({ preValue }) => preValue,
      );
      expect(new Set(numbers).size).toBe(4);
    });
  });

  it('go to the next caller when one gives up', async () => {
    await simulate(async (world) => {
      const client = world.client();
      const cache = new CachedAtomicLong(client, new DistributedAtomicLong(client, PATH), 5);
      await expect(cache.next({ timeoutMs: 0 })).rejects.toMatchObject({ code: 'TIMEOUT' });
      await world.sleep(100);
      expect((await cache.next()).preValue).toBe(0n);
      expect(() => new CachedAtomicLong(client, new DistributedAtomicLong(client, PATH), 0)).toThrow(
        'cacheFactor is 0',
      );
    });
  });
});
