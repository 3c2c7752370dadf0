import type { Client } from '../../../src/client/index.js';
import { DistributedQueue, SimpleDistributedQueue } from '../../../src/recipes/index.js';
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
        consume: async (client, consumed) => {
          const queue = new DistributedQueue<string>(client, stage.path, { serializer: TEXT });
          for await (const item of queue.items()) {
            await item.ack();
            consumed();
          }
        },
        put: (client) => new DistributedQueue<string>(client, stage.path, { serializer: TEXT }).put('item'),
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

const TEXT = {
  serialize: (value: string): Buffer => Buffer.from(value),
  deserialize: (bytes: Buffer): string => bytes.toString('utf8'),
};

interface Consumers {
  /** For ever. */
  readonly consume: (client: Client, consumed: () => void) => Promise<void>;
  readonly put: (client: Client) => Promise<void>;
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
