import { describe, expect, it } from 'vitest';
import type { KeeperError } from '../../../src/client/index.js';
import { TransactionError } from '../../../src/client/index.js';
import { DistributedQueue, LockLostError } from '../../../src/recipes/index.js';
import type { QueueItem } from '../../../src/recipes/index.js';
import { simulate } from '../../../src/testing/index.js';
import { childrenOf, isEmpty, LOCKS, nextOf, PATH, text } from './queue-scene.js';

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

  it('passes on what is thrown while the transaction of an ack is made, and leaves the item in hand', async () => {
    await simulate(async (world) => {
      const client = world.client();
      const queue = new DistributedQueue(client, PATH);
      await queue.put('a');
      const item = await nextOf(queue.items());
      const fault = new Error('no such booking');
      const thrown = item.ack({
        also: () => {
          throw fault;
        },
      });
      await expect(thrown).rejects.toBe(fault);
      await expect(item.ack({ also: () => undefined as never })).rejects.toThrow(
        'also of queue-0000000000 must return the transaction that it was given',
      );
      expect(item.isHeld()).toBe(true);
      await item.ack();
      await isEmpty(world, client);
    });
  });

  it('gives back what is in work when it is left while it waits', async () => {
    await simulate(async (world) => {
      const client = world.client();
      const queue = new DistributedQueue(client, PATH);
      await queue.put('a');
      const items = queue.items({ concurrency: 2 });
      const item = await nextOf(items);
      const next = items.next();
      await world.sleep(500);
      await items.return();
      expect(await next).toEqual({ done: true, value: undefined });
      expect(item.isHeld()).toBe(false);
      expect(await childrenOf(client, LOCKS)).toEqual([]);
      expect(await queue.size()).toBe(1);
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
