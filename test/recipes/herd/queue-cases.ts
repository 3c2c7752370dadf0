import type { Client } from '../../../src/client/index.js';
import {
  DistributedDelayQueue,
  DistributedIdQueue,
  DistributedPriorityQueue,
  DistributedQueue,
  SimpleDistributedQueue,
} from '../../../src/recipes/index.js';
import type { QueueItem } from '../../../src/recipes/index.js';
import { STEPS } from './crowd-in-line.js';
import type { HerdCase, HerdCrowd, HerdStage } from './herd-case.js';

export const QUEUE_CASES: readonly HerdCase[] = [
  {
    id: 'queue',
    recipe: 'DistributedQueue',
    step: 'an item, consumers idle',
    eventsMax: () => 3,
    gather: (stage, consumers) =>
      idleConsumers(stage, consumers, {
        consume: (client, consumed) => consume(new DistributedQueue(client, stage.path).items(), consumed),
        put: (client) => new DistributedQueue(client, stage.path).put('item'),
      }),
  },
  {
    id: 'priority-queue',
    recipe: 'DistributedPriorityQueue',
    step: 'an item, consumers idle',
    eventsMax: () => 3,
    gather: (stage, consumers) =>
      idleConsumers(stage, consumers, {
        consume: (client, consumed) => consume(new DistributedPriorityQueue(client, stage.path).items(), consumed),
        put: (client) => new DistributedPriorityQueue(client, stage.path).put('item', 7),
      }),
  },
  {
    id: 'delay-queue',
    recipe: 'DistributedDelayQueue',
    step: 'an item that is due, consumers idle',
    eventsMax: () => 3,
    gather: (stage, consumers) =>
      idleConsumers(stage, consumers, {
        consume: (client, consumed) => consume(new DistributedDelayQueue(client, stage.path).items(), consumed),
        put: (client) => new DistributedDelayQueue(client, stage.path).put('item', 1),
      }),
  },
  {
    id: 'id-queue',
    recipe: 'DistributedIdQueue',
    step: 'an item, consumers idle',
    eventsMax: () => 3,
    gather: (stage, consumers) =>
      idleConsumers(stage, consumers, {
        consume: (client, consumed) => consume(new DistributedIdQueue(client, stage.path).items(), consumed),
        put: (client) => new DistributedIdQueue(client, stage.path).put('item', 'id'),
      }),
  },
  {
    id: 'simple-queue',
    recipe: 'SimpleDistributedQueue',
    step: 'an item, takers idle',
    eventsMax: () => 3,
    gather: (stage, consumers) =>
      idleConsumers(stage, consumers, {
        consume: async (client, consumed) => {
          const queue = new SimpleDistributedQueue(client, stage.path);
          for (;;) {
            await queue.take();
            consumed();
          }
        },
        put: (client) => new SimpleDistributedQueue(client, stage.path).offer('item'),
      }),
  },
];

interface Consumers {
  /** For ever. */
  readonly consume: (client: Client, consumed: () => void) => Promise<void>;
  readonly put: (client: Client) => Promise<void>;
}

async function consume(items: AsyncIterable<QueueItem<unknown>>, consumed: () => void): Promise<void> {
  for await (const item of items) {
    await item.ack();
    consumed();
  }
}

/** Nothing is there, and everybody waits for something. */
async function idleConsumers(stage: HerdStage, count: number, { consume, put }: Consumers): Promise<HerdCrowd> {
  const [producer, ...others] = (await stage.clients(count + 1)) as [Client, ...Client[]];
  let consumed: () => void = () => undefined;
  // They end when the crowd leaves.
  for (const client of others) consume(client, () => consumed()).catch(() => undefined);
  await stage.children(`${stage.path}-takers`, count);
  return {
    steps: STEPS,
    step: async () => {
      const isConsumed = new Promise<void>((resolve) => (consumed = resolve));
      await put(producer);
      await isConsumed;
    },
  };
}
