import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Client } from '../../../src/client/index.js';
import {
  CachedAtomicLong,
  DistributedAtomicInteger,
  DistributedAtomicLong,
  DistributedAtomicValue,
  DistributedDelayQueue,
  DistributedIdQueue,
  DistributedPriorityQueue,
  DistributedQueue,
  SharedCount,
  SharedValue,
  SimpleDistributedQueue,
} from '../../../src/recipes/index.js';
import type { QueueItem } from '../../../src/recipes/index.js';
import { startServer } from '../../../src/testing/index.js';
import type { TestServer } from '../../../src/testing/index.js';
import { describeNodes, noteKinds, recordedNodes } from '../live/znodes.js';

/** What the recorded ones have where a recipe is given no data. */
const DATA = '192.0.2.1';

describe('the same znodes as Curator', () => {
  let server: TestServer;
  let client: Client;
  let other: Client;
  beforeEach(noteKinds);
  beforeAll(async () => {
    server = await startServer();
    client = await Client.connect(server.connectString);
    other = await Client.connect(server.connectString);
  });
  afterAll(async () => {
    await Promise.all([client.close(), other.close()]);
    await server.close();
  });

  /** All of a recorded tree but its root's sibling-made counters is compared below `path`. */
  async function compare(file: string, path: string, without: readonly string[] = []): Promise<void> {
    const isCompared = ({ path: each }: { path: string }): boolean => {
      return (each === path || each.startsWith(`${path}/`)) && !without.some((part) => each.includes(part));
    };
    const recorded = recordedNodes(file, (each) => each).filter(isCompared);
    expect(recorded.length).toBeGreaterThan(0);
    const found = (await describeNodes(client, path, [client, other])).filter(isCompared);
    expect(found).toEqual(recorded);
  }

  it('of shared values', async () => {
    const count = new SharedCount(client, '/v/count', { seed: 10 });
    await count.start();
    await compare('shared-count-seed.json', '/v/count');
    expect(await count.trySet(count.versioned!, -2)).toBe(true);
    await compare('shared-count-set.json', '/v/count');
    const value = new SharedValue(client, '/v/value', { seed: 'seed' });
    await value.start();
    await value.set('next');
    await compare('shared-value.json', '/v/value');
    const kazoo = new SharedCount(client, '/k/counterc');
    await kazoo.start();
    await kazoo.set(5);
    await compare('kazoo-counter-curator.json', '/k/counterc');
    await Promise.all([count.close(), value.close(), kazoo.close()]);
  });

  it('of atomics', async () => {
    const long = new DistributedAtomicLong(client, '/v/atomic/long');
    await long.forceSet(41n);
    await long.increment();
    await new DistributedAtomicLong(client, '/v/atomic/long-negative').initialize(-1n);
    await new DistributedAtomicInteger(client, '/v/atomic/int').add(258);
    await new DistributedAtomicValue(client, '/v/atomic/value').trySet('abc');
    await new CachedAtomicLong(client, new DistributedAtomicLong(client, '/v/atomic/cached'), 100).next();
    const options = { promotedToLock: { path: '/v/promoted-lock' } };
    await new DistributedAtomicLong(client, '/v/atomic/promoted', options).increment();
    await compare('atomics.json', '/v/atomic');
  });

  it('of plain items', async () => {
    const queue = new DistributedQueue(client, '/v/queue', { data: DATA });
    await queue.put('hello');
    await queue.putMany(['x', '', 'yz']);
    await compare('queue-items.json', '/v/queue');
  });

  it('of items with ids', async () => {
    const queue = new DistributedIdQueue(client, '/v/idqueue', { data: DATA });
    await queue.put('one', 'id-1');
    await queue.put('two', 'a/b|c');
    await compare('queue-id.json', '/v/idqueue');
  });

  it('of items with priorities', async () => {
    const queue = new DistributedPriorityQueue(client, '/v/pqueue', { data: DATA });
    for (const priority of [5, 0, -1, 2 ** 31 - 1, -(2 ** 31), 255]) await queue.put(`p${priority}`, priority);
    await compare('queue-priority.json', '/v/pqueue');
    const order: string[] = [];
    for await (const item of queue.items()) {
      order.push(String(item.value));
      await item.ack();
      if (order.length === 6) break;
    }
    expect(order).toEqual(['p-2147483648', 'p-1', 'p0', 'p5', 'p255', 'p2147483647']);
  });

  it('of items with due times', async () => {
    const queue = new DistributedDelayQueue(client, '/v/dqueue', { data: DATA });
    await queue.put('late', 4102444800000);
    await queue.put('early', 1);
    await queue.put('mid', 0x12345678);
    await compare('queue-delay.json', '/v/dqueue');
  });

  it('of claims, and of what is put back', async () => {
    for (const [base, file] of [
      ['/v/lqueue', 'queue-lockpath-consuming.json'],
      ['/v/rqueue', 'queue-lockpath-requeued.json'],
    ] as const) {
      const options = { data: DATA, lockPath: `${base}/locks` };
      const queue = new DistributedQueue(client, `${base}/items`, options);
      await queue.put('job-1');
      const items = new DistributedQueue(other, `${base}/items`, options).items();
      let item = (await items.next()).value as QueueItem<unknown>;
      if (base === '/v/lqueue') await queue.put('job-2');
      else {
        for (let times = 0; times < 2; times++) {
          await item.nack();
          item = (await items.next()).value as QueueItem<unknown>;
        }
      }
      // A claim holds what tells it from others, where Curator's has the address: neither reads it of the other.
      const claim = item.path;
      const claimed = await client.getData(claim);
      expect(claimed.stat.ephemeralOwner).toBe(other.sessionId);
      await client.setData(claim, DATA);
      const recorded = recordedNodes(file, (each) => each).filter(({ path }) => path !== base);
      const found = (await describeNodes(client, base, [client, other])).filter(
        ({ path }) => path !== base && !path.includes('-takers'),
      );
      expect(found).toEqual(recorded.map((each) => (each.path === claim ? { ...each, version: 1 } : each)));
      await item.ack();
      await items.return();
    }
  });

  it('of the simple queue', async () => {
    const queue = new SimpleDistributedQueue(client, '/v/squeue');
    await queue.offer('a');
    await queue.offer('b');
    await compare('simple-queue.json', '/v/squeue');
  });
});
