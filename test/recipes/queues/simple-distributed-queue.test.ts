import { describe, expect, it, vi } from 'vitest';
import type { Client } from '../../../src/client/index.js';
import { OutcomeUnknownError } from '../../../src/client/index.js';
import { SimpleDistributedQueue } from '../../../src/recipes/index.js';
import { simulate } from '../../../src/testing/index.js';
import { loseReplyOf } from '../support/lose-reply-of.js';

const PATH = '/errands/simple';

async function childrenOf(client: Client, path: string): Promise<string[]> {
  const { stat } = await client.exists(path);
  return stat === null ? [] : (await client.getChildren(path)).children;
}

describe('a simple queue', () => {
  it('gives what was offered, in order, to one each', async () => {
    await simulate(async (world) => {
      const clients = [world.client(), world.client(), world.client()];
      const queues = clients.map((client) => new SimpleDistributedQueue(client, PATH));
      const [queue] = queues;
      expect(await queue!.poll()).toBeNull();
      expect(await queue!.peek()).toBeNull();
      await expect(queue!.remove()).rejects.toMatchObject({ code: 'QUEUE_EMPTY' });
      for (let at = 0; at < 9; at++) await queue!.offer(`element-${at}`);
      expect((await queue!.element()).toString()).toBe('element-0');
      expect((await queue!.remove()).toString()).toBe('element-0');
      const taken = await Promise.all(Array.from({ length: 10 }, (_, at) => queues[at % 3]!.poll()));
      const texts = taken.filter((data) => data !== null).map(String);
      expect(texts.sort()).toEqual(Array.from({ length: 8 }, (_, at) => `element-${at + 1}`));
      await world.sleep(500);
      expect(await childrenOf(clients[0]!, `${PATH}-outcomes`)).toEqual([]);
    });
  });

  it('lets takers wait in line, and wakes one of them for each offer', async () => {
    await simulate(async (world) => {
      const [client, other] = [world.client(), world.client()];
      const taking = Array.from({ length: 4 }, () => new SimpleDistributedQueue(client, PATH).take());
      let taken = 0;
      for (const each of taking) void each.then(() => (taken += 1));
      await world.sleep(500);
      expect(await childrenOf(other, `${PATH}-takers`)).toHaveLength(4);
      for (let at = 0; at < 4; at++) {
        await new SimpleDistributedQueue(other, PATH).offer(`element-${at}`);
        await world.until(() => taken === at + 1);
      }
      expect((await Promise.all(taking)).map(String).sort()[3]).toBe('element-3');
      await world.sleep(100);
      expect(await childrenOf(other, `${PATH}-takers`)).toEqual([]);
      expect(await client.checkWatches(PATH)).toBe(false);
    });
  });

  it('leaves nothing of a taker that gives up', async () => {
    await simulate(async (world) => {
      const client = world.client();
      const queue = new SimpleDistributedQueue(client, PATH);
      const both = [queue.take({ timeoutMs: 500 }), queue.take({ timeoutMs: 400 })];
      for (const each of both) await expect(each).rejects.toMatchObject({ code: 'TIMEOUT' });
      expect(await childrenOf(client, `${PATH}-takers`)).toEqual([]);
      expect(await client.checkWatches(PATH)).toBe(false);
    });
  });

  it('goes on when its container was collected (CURATOR-308)', async () => {
    await simulate(async (world) => {
      const [client, other] = [world.client(), world.client()];
      const queue = new SimpleDistributedQueue(client, PATH);
      await queue.offer('a');
      await queue.poll();
      const taking = queue.take();
      await world.sleep(300);
      await other.delete(PATH);
      await world.sleep(300);
      await new SimpleDistributedQueue(other, PATH).offer('b');
      expect((await taking).toString()).toBe('b');
    });
  });

  it('gives each element once, also when names begin anew between the look at one and its taking', async () => {
    await simulate(async (world) => {
      const [client, other] = [world.client(), world.client()];
      const [ours, theirs] = [new SimpleDistributedQueue(client, PATH), new SimpleDistributedQueue(other, PATH)];
      await ours.offer('a');
      const taken: (string | undefined)[] = [];
      const getData = client.getData.bind(client);
      vi.spyOn(client, 'getData').mockImplementationOnce(async (...args) => {
        const read = await getData(...args);
        taken.push((await theirs.poll())?.toString());
        // As the server does it with an empty container.
        await other.delete(PATH).catch((error: unknown) => expect(error).toMatchObject({ code: 'NOT_EMPTY' }));
        await theirs.offer('b');
        return read;
      });
      taken.push((await ours.poll())?.toString(), (await ours.poll())?.toString());
      expect(taken.filter((text) => text !== undefined)).toEqual(['a', 'b']);
    });
  });

  it('loses nothing with a lost reply (1.3: item lost)', async () => {
    await simulate(async (world) => {
      const client = world.client();
      const queue = new SimpleDistributedQueue(client, PATH);
      await queue.offer('a');
      await queue.offer('b');
      expect((await queue.poll())?.toString()).toBe('a');
      loseReplyOf(world, client, 'transaction');
      expect((await queue.poll())?.toString()).toBe('b');
      loseReplyOf(world, client, 'create');
      await expect(queue.offer('c')).rejects.toThrow(OutcomeUnknownError);
      const proven = new SimpleDistributedQueue(client, PATH, { exactlyOnce: true });
      loseReplyOf(world, client, 'transaction');
      await proven.offer('d');
      expect((await queue.poll())?.toString()).toBe('c');
      expect((await queue.poll())?.toString()).toBe('d');
      expect(await queue.poll()).toBeNull();
    });
  });

  it('hands the bytes over when a session ends in the middle of taking them', async () => {
    await simulate(async (world) => {
      const client = world.client({ sessionTimeoutMs: 2000 });
      const queue = new SimpleDistributedQueue(client, PATH);
      await queue.offer('a');
      await queue.offer('b');
      await queue.poll();
      const transaction = client.transaction.bind(client);
      Object.assign(client, {
        transaction: () => {
          for (const server of world.servers) world.block(server, client);
          return transaction();
        },
      });
      const polling = queue.poll();
      polling.catch(() => undefined);
      await world.until(() => client.state === 'lost');
      world.heal();
      Object.assign(client, { transaction });
      await expect(polling).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN', attempted: Buffer.from('b') });
    });
  });
});
