import { beforeEach, describe, expect, it } from 'vitest';
import { DistributedQueue, QueueSharder } from '../../../src/recipes/index.js';
import type { Client } from '../../../src/client/index.js';
import { parentOf } from '../../../src/protocol/paths.js';
import { simulate } from '../../../src/testing/index.js';
import { describeNodes, noteKinds, recordedNodes } from '../live/znodes.js';
import type { NodeShape } from '../live/znodes.js';

const QUEUES = '/v/shard/queues';
const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

function sharderOf(client: Client, options: object = {}): QueueSharder<DistributedQueue> {
  return new QueueSharder(client, {
    queuePath: QUEUES,
    leaderPath: '/v/shard/leader',
    newQueueThreshold: 2,
    thresholdCheckMs: 300,
    maxQueues: 3,
    open: (each, path, shard) => new DistributedQueue(each, path, { data: '192.0.2.1', ...shard }),
    ...options,
  });
}

beforeEach(noteKinds);

describe('a queue sharder', () => {
  it('adds a shard when none has room, and not before (7.8: one at each look while any is full)', async () => {
    await simulate(async (world) => {
      const [one, two] = [world.client(), world.client()];
      const sharders = [sharderOf(one), sharderOf(two)];
      await sharders[0]!.start();
      await sharders[1]!.start();
      expect(sharders.map(({ shardCount }) => shardCount)).toEqual([1, 1]);
      await world.sleep(1000);
      for (let at = 0; at < 3; at++) await sharders[0]!.queue().put(`s${at}`);
      await world.until(() => sharders.every(({ shardCount }) => shardCount === 2));
      await world.sleep(3000);
      expect(sharders.map(({ shardCount }) => shardCount)).toEqual([2, 2]);
      const [full, fresh] = sharders[0]!.queuePaths;
      for (let at = 0; at < 20; at++) expect(sharders[at % 2]!.queue().path).toBe(fresh);
      for (const path of [fresh!, fresh!, full!]) await new DistributedQueue(one, path).put('x');
      await world.until(() => sharders.every(({ shardCount }) => shardCount === 3));
      await Promise.all(sharders[0]!.queues().map((queue) => queue.putMany(['y'])));
      await sharders[0]!.queues()[2]!.put('z');
      await world.sleep(3000);
      expect(sharders[0]!.shardCount).toBe(3);
      await Promise.all(sharders.map((sharder) => sharder.close()));
      expect((await one.getChildren('/v/shard/leader')).children).toEqual([]);
    });
  });

  it('makes no shard too many when all start at once, also when whoever leads is gone before there is one', async () => {
    await simulate(async (world) => {
      const clients = Array.from({ length: 5 }, () => world.client({ sessionTimeoutMs: 3000 }));
      const [doomed, ...others] = clients as [Client, ...Client[]];
      const path = '/v/shard/leader';
      const opened = new Promise<void>((resolve) => {
        const open = (each: Client): DistributedQueue => {
          world.kill(each);
          resolve();
          return new DistributedQueue(each, QUEUES);
        };
        void sharderOf(doomed, { maxQueues: 2, open }).start();
      });
      await opened;
      const sharders = others.map((client) => sharderOf(client, { maxQueues: 2 }));
      await expect(sharderOf(others[0]!).start({ timeoutMs: 200 })).rejects.toMatchObject({ code: 'TIMEOUT' });
      await Promise.all(sharders.map((sharder) => sharder.start()));
      expect(sharders.map(({ shardCount }) => shardCount)).toEqual([1, 1, 1, 1]);
      expect((await others[0]!.getChildren(path)).children).toHaveLength(4);
    });
  });

  it("has Curator's znodes", async () => {
    await simulate(async (world) => {
      const client = world.client();
      const sharder = sharderOf(client);
      await sharder.start();
      for (let at = 0; at < 3; at++) await sharder.queues()[0]!.put(`s${at}`);
      await world.until(() => sharder.shardCount === 2);
      const isCompared = ({ path }: NodeShape): boolean =>
        `${path}/`.startsWith(`${QUEUES}/`) || path.includes('leader');
      const nameless = (nodes: readonly NodeShape[]): string[] =>
        nodes
          .filter(isCompared)
          .map((node) => JSON.stringify({ ...node, path: node.path.replace(UUID, '<uuid>') }))
          .sort();
      // Curator had made one shard more by then, though the second was empty; and beside its queues there are no claims.
      const recorded = recordedNodes('queue-sharder.json', (path) => path);
      const surplus = recorded.find(({ path, cversion }) => parentOf(path) === QUEUES && cversion === 0);
      const wanted = recorded
        .filter((node) => node !== surplus)
        .map((node) => (node.path === QUEUES ? { ...node, numChildren: 2, cversion: 2 } : node));
      expect(nameless(await describeNodes(client, '/v/shard', [client]))).toEqual(nameless(wanted));
      await sharder.close();
    });
  });

  it('refuses arguments that mean nothing', async () => {
    await simulate(async (world) => {
      const client = world.client();
      expect(() => sharderOf(client, { maxQueues: 0 })).toThrow('maxQueues is 0');
      expect(() => sharderOf(client, { leaderPath: `${QUEUES}/leader` })).toThrow('is below queuePath');
      expect(() => sharderOf(client).queue()).toThrow('not started');
    });
  });
});
