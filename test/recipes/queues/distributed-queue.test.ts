import { describe, expect, it } from 'vitest';
import type { Client, KeeperError } from '../../../src/client/index.js';
import { NoNodeError, OutcomeUnknownError, TransactionError } from '../../../src/client/index.js';
import {
  DistributedDelayQueue,
  DistributedIdQueue,
  DistributedPriorityQueue,
  DistributedQueue,
  LockLostError,
} from '../../../src/recipes/index.js';
import type { QueueItem } from '../../../src/recipes/index.js';
import { simulate } from '../../../src/testing/index.js';
import type { SimulatedWorld } from '../../../src/testing/index.js';
import { loseReplyOf } from '../support/lose-reply-of.js';

const PATH = '/errands/queue';
const LOCKS = `${PATH}-locks`;

function childrenOf(client: Client, path: string): Promise<string[]> {
  return client.getChildren(path).then(
    ({ children }) => children,
    (error: unknown) => {
      if (error instanceof NoNodeError) return [];
      throw error;
    },
  );
}

/** The next item; the iteration is left open. */
async function nextOf<T>(items: AsyncIterator<QueueItem<T>>): Promise<QueueItem<T>> {
  const next = await items.next();
  return next.value as QueueItem<T>;
}

async function isEmpty(world: SimulatedWorld, client: Client): Promise<void> {
  await world.sleep(100);
  await client.sync(PATH);
  expect(await childrenOf(client, PATH)).toEqual([]);
  expect(await childrenOf(client, LOCKS)).toEqual([]);
}

function text(item: QueueItem<unknown>): string {
  return (item.value as Buffer).toString();
}

describe('a distributed queue', () => {
  it('delivers what is put, in order, and forgets what is acked', async () => {
    await simulate(async (world) => {
      const [producer, consumer] = [world.client(), world.client()];
      const queue = new DistributedQueue(producer, PATH);
      for (const value of ['a', 'b', 'c']) await queue.put(value);
      expect(await queue.size()).toBe(3);
      const seen: string[] = [];
      for await (const item of new DistributedQueue(consumer, PATH).items()) {
        seen.push(text(item));
        expect(item.isHeld()).toBe(true);
        expect(await childrenOf(producer, LOCKS)).toEqual([item.name]);
        await item.ack();
        expect(item.isHeld()).toBe(false);
        expect(item.signal.reason).toBeInstanceOf(LockLostError);
        if (seen.length === 3) break;
      }
      expect(seen).toEqual(['a', 'b', 'c']);
      await isEmpty(world, producer);
    });
  });

  it('waits for what is put later, until it is told to stop', async () => {
    await simulate(async (world) => {
      const client = world.client();
      const queue = new DistributedQueue(client, PATH);
      const stopping = new AbortController();
      const seen: string[] = [];
      const consuming = (async () => {
        for await (const item of queue.items({ signal: stopping.signal })) {
          seen.push(text(item));
          await item.ack();
        }
      })();
      for (const value of ['a', 'b', 'c']) {
        await world.sleep(500);
        await queue.put(value);
      }
      await world.until(() => seen.length === 3);
      stopping.abort();
      await consuming;
      await isEmpty(world, client);
      await world.sleep(100);
      expect(await childrenOf(client, `${PATH}-takers`)).toEqual([]);
      expect(await client.checkWatches(PATH)).toBe(false);
    });
  });

  it('gives each payload of a node by itself, and leaves those that are not acked', async () => {
    await simulate(async (world) => {
      const client = world.client();
      const queue = new DistributedQueue(client, PATH);
      await queue.putMany(['a', 'b', 'c']);
      const items = queue.items({ concurrency: 3 });
      const [a, b, c] = [await nextOf(items), await nextOf(items), await nextOf(items)];
      expect([a, b, c].map(text)).toEqual(['a', 'b', 'c']);
      await b.ack();
      await c.nack();
      await a.release();
      await items.return();
      expect(await childrenOf(client, LOCKS)).toEqual([]);
      const again = queue.items({ concurrency: 2 });
      expect([text(await nextOf(again)), text(await nextOf(again))]).toEqual(['a', 'c']);
      await again.return();
      expect((await childrenOf(client, PATH)).sort()).toEqual(['queue-0000000000', 'queue-0000000001']);
    });
  });

  it('takes no more than concurrency allows', async () => {
    await simulate(async (world) => {
      const queue = new DistributedQueue(world.client(), PATH);
      for (const value of ['a', 'b', 'c', 'd']) await queue.put(value);
      const open: QueueItem<unknown>[] = [];
      void (async () => {
        for await (const item of queue.items({ concurrency: 2 })) open.push(item);
      })();
      await world.sleep(1000);
      expect(open.map(text)).toEqual(['a', 'b']);
      await open[1]!.ack();
      await world.until(() => open.length === 3);
      await open[0]!.nack({ delayMs: 1000 });
      await world.until(() => open.length === 4);
      await world.sleep(3000);
      expect(open.map(text)).toEqual(['a', 'b', 'c', 'd']);
    });
  });

  it('delivers again what is nacked: at once, or after a while', async () => {
    await simulate(async (world) => {
      const queue = new DistributedQueue(world.client(), PATH);
      await queue.put('a');
      const items = queue.items();
      await (await nextOf(items)).nack();
      const second = await nextOf(items);
      expect(second.name).toBe('queue-0000000001');
      const startMs = world.nowMs;
      await second.nack({ delayMs: 5000 });
      expect(world.nowMs - startMs).toBeLessThan(1000);
      const third = await nextOf(items);
      expect(world.nowMs - startMs).toBeGreaterThan(4900);
      expect(text(third)).toBe('a');
      await third.ack();
      await third.nack();
      expect(await queue.size()).toBe(0);
    });
  });

  it('gives back what a consumer had that breaks off, or that forgets', async () => {
    await simulate(async (world) => {
      const queue = new DistributedQueue(world.client(), PATH);
      await queue.put('a');
      for await (const item of queue.items()) {
        expect(text(item)).toBe('a');
        break;
      }
      for await (const item of queue.items()) {
        await using mine = item;
        expect(mine.name).toBe('queue-0000000000');
        break;
      }
      for await (const item of queue.items()) {
        expect(item.name).toBe('queue-0000000001');
        await item.ack();
        break;
      }
      expect(await queue.size()).toBe(0);
    });
  });

  it('does with the ack what else is to happen, or nothing', async () => {
    await simulate(async (world) => {
      const client = world.client();
      const queue = new DistributedQueue(client, PATH);
      await queue.put('a');
      const item = await nextOf(queue.items());
      await expect(item.ack({ also: (step) => step.create('/missing/node') })).rejects.toThrow(TransactionError);
      expect(item.isHeld()).toBe(true);
      await item.transaction().create('/seen').commit();
      await item.ack({ also: (step) => step.create('/done', 'a') });
      expect((await client.getData('/done')).data?.toString()).toBe('a');
      expect(() => item.checkOp()).toThrow(LockLostError);
      await isEmpty(world, client);
    });
  });

  it('refuses an ack of what was given back, also by breaking off', async () => {
    await simulate(async (world) => {
      const client = world.client();
      const queue = new DistributedQueue(client, PATH);
      await queue.put('a');
      const items = queue.items();
      const item = await nextOf(items);
      await items.return();
      await expect(item.ack()).rejects.toMatchObject({ code: 'LOCK_LOST', reason: 'released' });
      const again = await nextOf(queue.items());
      const [, acked] = await Promise.allSettled([again.nack(), again.ack()]);
      expect(acked.status).toBe('rejected');
      expect(await queue.size()).toBe(1);
    });
  });

  it('lets another have what a consumer leaves that dies, within its session timeout', async () => {
    await simulate(async (world) => {
      const [dying, heir] = [world.client({ sessionTimeoutMs: 3000 }), world.client({ sessionTimeoutMs: 3000 })];
      const queue = new DistributedQueue(dying, PATH);
      await queue.put('a');
      await nextOf(queue.items());
      const next = nextOf(new DistributedQueue(heir, PATH).items());
      await world.sleep(1000);
      const startMs = world.nowMs;
      world.kill(dying);
      const item = await next;
      expect(text(item)).toBe('a');
      expect(world.nowMs - startMs).toBeLessThan(6500);
      await item.ack();
    });
  });

  it('tells a consumer that is cut off, before another gets the item; and refuses its ack', async () => {
    await simulate(async (world) => {
      const [cut, heir] = [world.client({ sessionTimeoutMs: 3000 }), world.client()];
      const queue = new DistributedQueue(cut, PATH);
      await queue.put('a');
      const item = await nextOf(queue.items());
      const next = nextOf(new DistributedQueue(heir, PATH).items());
      let wasTold = false;
      item.signal.addEventListener('abort', () => (wasTold = true));
      world.isolate(cut);
      const again = await next;
      expect(wasTold).toBe(true);
      expect(again.name).toBe(item.name);
      expect(again.token).toBeGreaterThan(item.token);
      world.heal();
      await expect(item.ack()).rejects.toThrow(LockLostError);
      await item.nack();
      await again.ack();
      await isEmpty(world, heir);
    });
  });

  it('gives items that cannot be read to onError, and keeps them beside the queue', async () => {
    await simulate(async (world) => {
      const client = world.client();
      const errors: KeeperError[] = [];
      const queue = new DistributedQueue<{ n: number }>(client, PATH, {
        serializer: {
          serialize: (value) => Buffer.from(JSON.stringify(value)),
          deserialize: (bytes) => JSON.parse(bytes.toString()) as { n: number },
        },
        onError: (error) => errors.push(error as KeeperError),
      });
      await queue.start();
      await client.create(`${PATH}/queue-`, 'no item', { mode: 'persistent-sequential' });
      await client.create(`${PATH}/queue-`, Buffer.from('0001000101000000017b02', 'hex'), {
        mode: 'persistent-sequential',
      });
      await client.create(`${PATH}/queue-`, Buffer.from('0001000102', 'hex'), { mode: 'persistent-sequential' });
      await client.create(`${PATH}/foreign`);
      await queue.put({ n: 1 });
      const item = await nextOf(queue.items());
      expect(item.value).toEqual({ n: 1 });
      expect(errors.map(({ code, path }) => [code, path])).toEqual([
        ['CORRUPT_DATA', `${PATH}/queue-0000000000`],
        ['CORRUPT_DATA', `${PATH}/queue-0000000001`],
      ]);
      await item.ack();
      const [first] = (await childrenOf(client, `${PATH}-corrupt`)).sort();
      expect(first).toBe('queue-0000000000-0000000000');
      expect((await client.getData(`${PATH}-corrupt/${first}`)).data?.toString()).toBe('no item');
      expect(await childrenOf(client, PATH)).toEqual(['foreign']);
    });
  });

  it('holds producers back while it is full', async () => {
    await simulate(async (world) => {
      const [one, two] = [world.client(), world.client()];
      const queues = [one, two].map((client) => new DistributedQueue(client, PATH, { maxItems: 2 }));
      let done = 0;
      const puts = Array.from({ length: 6 }, (_, at) => queues[at % 2]!.put(`item-${at}`).then(() => (done += 1)));
      await world.sleep(2000);
      expect(done).toBeGreaterThanOrEqual(2);
      expect(done).toBeLessThan(6);
      await expect(queues[0]!.put('late', { timeoutMs: 300 })).rejects.toMatchObject({ code: 'TIMEOUT' });
      let seen = 0;
      for await (const item of queues[1]!.items()) {
        await item.ack();
        if ((seen += 1) === 6) break;
      }
      await Promise.all(puts);
      await isEmpty(world, one);
      expect(await childrenOf(one, `${PATH}-putters`)).toEqual([]);
    });
  });

  it('refuses arguments that mean nothing', async () => {
    await simulate(async (world) => {
      const client = world.client();
      const queue = new DistributedQueue(client, PATH);
      expect(() => new DistributedQueue(client, '/')).toThrow('path of a queue');
      expect(() => new DistributedQueue(client, PATH, { lockPath: PATH })).toThrow('lockPath');
      expect(() => new DistributedQueue(client, PATH, { maxItems: 0 })).toThrow('maxItems is 0');
      expect(() => queue.items({ concurrency: 0 })).toThrow('concurrency is 0');
      expect(() => queue.items({ mode: 'x' as never })).toThrow('mode is x');
      await expect(queue.put(5 as never)).rejects.toThrow('no serializer');
      await expect(queue.putMany([])).rejects.toThrow('no items');
    });
  });
});

describe('a distributed queue whose replies get lost', () => {
  it('says of a put that it may have been done, or knows it by a marker (1.3: duplicate item)', async () => {
    await simulate(async (world) => {
      const client = world.client();
      const queue = new DistributedQueue(client, PATH);
      await queue.start();
      loseReplyOf(world, client, 'create');
      const error = await queue.put('a').catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(OutcomeUnknownError);
      expect(await queue.size()).toBe(1);
      const proven = new DistributedQueue(client, PATH, { exactlyOnce: true });
      await proven.put('b');
      loseReplyOf(world, client, 'transaction');
      await proven.put('c');
      expect(await queue.size()).toBe(3);
      await world.sleep(500);
      expect(await childrenOf(client, `${PATH}-outcomes`)).toEqual([]);
    });
  });

  it.each(['ack', 'nack'] as const)('does an %s once', async (what) => {
    await simulate(async (world) => {
      const client = world.client();
      const queue = new DistributedQueue(client, PATH);
      await queue.putMany(['a', 'b']);
      const items = queue.items({ concurrency: 2 });
      const both = [await nextOf(items), await nextOf(items)];
      await world.sleep(100);
      for (const item of both) {
        loseReplyOf(world, client, 'transaction');
        await item[what]();
      }
      expect(await queue.size()).toBe(what === 'ack' ? 0 : 2);
      expect(await childrenOf(client, LOCKS)).toEqual([]);
    });
  });

  it.each([1, 2, 3, 4, 5, 6])(
    'takes no ack for done whose claim was given up before there was an answer (seed %i)',
    async (seed) => {
      await simulate(
        async (world) => {
          const [client, other] = [world.client({ sessionTimeoutMs: 4000 }), world.client()];
          const queue = new DistributedQueue(client, PATH);
          await queue.put('a');
          const item = await nextOf(queue.items());
          const acking = item.ack().then(
            () => 'acked',
            (error: unknown) => (error as KeeperError).code,
          );
          world.disconnect(client);
          world.isolate(client);
          await world.until(() => item.signal.aborted);
          world.heal();
          const outcome = await acking;
          await other.sync(PATH);
          const left = await childrenOf(other, PATH);
          if (outcome !== 'OUTCOME_UNKNOWN')
            expect([outcome, left.length]).toEqual([outcome, outcome === 'acked' ? 0 : 1]);
        },
        { seed },
      );
    },
  );

  it('does not block an item with the claim of a consumer that lost its reply (1.3: stuck item)', async () => {
    await simulate(async (world) => {
      const client = world.client();
      const queue = new DistributedQueue(client, PATH);
      await queue.put('a');
      await queue.put('b');
      const items = queue.items();
      const first = await nextOf(items);
      await first.ack();
      for (let at = 0; at < 3; at++) loseReplyOf(world, client, 'create');
      const second = await nextOf(items);
      expect(text(second)).toBe('b');
      await second.ack();
      await isEmpty(world, client);
    });
  });

  it('delivers what it took at most once, and does not lose it (7.2: never delivered)', async () => {
    await simulate(async (world) => {
      const client = world.client();
      const queue = new DistributedQueue(client, PATH);
      for (const value of ['a', 'b']) await queue.put(value);
      const items = queue.items({ mode: 'at-most-once' });
      loseReplyOf(world, client, 'transaction');
      const item = await nextOf(items);
      expect(text(item)).toBe('a');
      expect(await queue.size()).toBe(1);
      await item.nack();
      expect(text(await nextOf(items))).toBe('b');
      await isEmpty(world, client);
    });
  });
});

describe('queues of other orders', () => {
  it('deliver by priority, and keep it', async () => {
    await simulate(async (world) => {
      const queue = new DistributedPriorityQueue(world.client(), PATH);
      for (const priority of [5, 0, -1, 5]) await queue.put(String(priority), priority);
      const items = queue.items();
      const first = await nextOf(items);
      await first.nack();
      const seen: string[] = [];
      for await (const item of items) {
        seen.push(text(item));
        await item.ack();
        if (seen.length === 1) await queue.put('urgent', -7);
        if (seen.length === 5) break;
      }
      expect([text(first), ...seen]).toEqual(['-1', '-1', 'urgent', '0', '5', '5']);
    });
  });

  it('deliver when it is time', async () => {
    await simulate(async (world) => {
      const client = world.client();
      const queue = new DistributedDelayQueue(client, PATH);
      const nowMs = client.runtime.clock.wallMs();
      await queue.put('late', nowMs + 3000);
      const late = nextOf(queue.items());
      await world.sleep(500);
      await queue.put('soon', nowMs + 1000);
      const soon = await late;
      expect(text(soon)).toBe('soon');
      expect(client.runtime.clock.wallMs()).toBeGreaterThanOrEqual(nowMs + 1000);
      await soon.nack({ delayMs: 5000 });
      const items = queue.items();
      const item = await nextOf(items);
      expect(text(item)).toBe('late');
      expect(client.runtime.clock.wallMs()).toBeGreaterThanOrEqual(nowMs + 3000);
      await item.ack();
      await (await nextOf(items)).ack();
      expect(client.runtime.clock.wallMs()).toBeGreaterThanOrEqual(nowMs + 6000);
    });
  });

  it('remove by id', async () => {
    await simulate(async (world) => {
      const client = world.client();
      const queue = new DistributedIdQueue(client, PATH);
      await queue.put('one', 'x/y');
      await queue.putMany(['two', 'three'], 'x/y');
      await queue.put('four', 'z');
      const item = await nextOf(queue.items());
      expect(await queue.remove('x/y')).toBe(2);
      await item.ack();
      expect(await childrenOf(client, PATH)).toEqual(['queue-|z|0000000002']);
      expect(await queue.remove('z')).toBe(1);
      await isEmpty(world, client);
    });
  });
});

describe('a long queue', () => {
  it('is not listed for each item', async () => {
    await simulate(async (world) => {
      const client = world.client();
      const queue = new DistributedQueue(client, PATH);
      await queue.start();
      await Promise.all(Array.from({ length: 1100 }, (_, at) => queue.put(`item-${at}`)));
      let listings = 0;
      const getChildren = client.getChildren.bind(client);
      Object.assign(client, {
        getChildren: (path: string, options: object) => {
          if (path === PATH) listings += 1;
          return getChildren(path, options);
        },
      });
      const seen: string[] = [];
      for await (const item of queue.items()) {
        seen.push(item.name);
        await item.ack();
        if (seen.length === 60) break;
      }
      expect(seen).toEqual([...seen].sort());
      expect(new Set(seen).size).toBe(60);
      expect(listings).toBe(1);
    });
  });
});
