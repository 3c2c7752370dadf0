import { describe, expect, it } from 'vitest';
import { DistributedDelayQueue, DistributedIdQueue, DistributedPriorityQueue } from '../../../src/recipes/index.js';
import { simulate } from '../../../src/testing/index.js';
import { childrenOf, isEmpty, nextOf, PATH, text } from './queue-scene.js';

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
