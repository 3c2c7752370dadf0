import { describe, expect, it } from 'vitest';
import type { KeeperError } from '../../../src/client/index.js';
import { OutcomeUnknownError } from '../../../src/client/index.js';
import { DistributedQueue } from '../../../src/recipes/index.js';
import { simulate } from '../../../src/testing/index.js';
import { loseReplyOf } from '../support/lose-reply-of.js';
import { childrenOf, isEmpty, LOCKS, nextOf, PATH, text } from './queue-scene.js';

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

  it('counts no item as held whose nack is on its way: another one may have it already', async () => {
    await simulate(async (world) => {
      const [client, other] = [world.client(), world.client()];
      const queue = new DistributedQueue(client, PATH);
      await queue.put('a');
      const item = await nextOf(queue.items());
      const theirs = nextOf(new DistributedQueue(other, PATH).items());
      await world.sleep(100);
      loseReplyOf(world, client, 'transaction');
      const nacking = item.nack();
      expect([item.isHeld(), item.remainingMs()]).toEqual([false, 0]);
      expect(text(await theirs)).toBe('a');
      expect(item.signal.aborted).toBe(false);
      await nacking;
      expect(item.signal.aborted).toBe(true);
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
