import { describe, expect, it } from 'vitest';
import { FrameTooLargeError } from '../../../src/client/index.js';
import { DistributedQueue, SimpleDistributedQueue } from '../../../src/recipes/index.js';
import { simulate } from '../../../src/testing/index.js';
import { nextOf, PATH, text } from './queue-scene.js';

const SIMPLE_PATH = '/errands/simple';

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

  it('is listed though the answer is longer than others may be', async () => {
    await simulate(async (world) => {
      const producer = world.client();
      const client = world.client({ limits: { frameBytesMax: 1024 } });
      const queue = new DistributedQueue(producer, PATH);
      const simple = new SimpleDistributedQueue(producer, SIMPLE_PATH);
      for (let at = 0; at < 150; at++) await Promise.all([queue.put(`item-${at}`), simple.offer(`element-${at}`)]);
      await expect(client.getChildren(PATH)).rejects.toThrow(FrameTooLargeError);
      expect(text(await nextOf(new DistributedQueue(client, PATH).items()))).toBe('item-0');
      expect((await new SimpleDistributedQueue(client, SIMPLE_PATH).take()).toString()).toBe('element-0');
    });
  });

  it('of more items than can be read is said to be too long', async () => {
    await simulate(async (world) => {
      const client = world.client({ limits: { frameBytesMax: 1024 } });
      const queue = new DistributedQueue(client, PATH);
      for (let at = 0; at < 150; at++) await queue.put(`item-${at}`);
      const getChildren = client.getChildren.bind(client);
      Object.assign(client, {
        getChildren: (path: string, options: object) => getChildren(path, { ...options, answerBytesMax: 2048 }),
      });
      const error: unknown = await nextOf(queue.items()).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(FrameTooLargeError);
      expect(error).toMatchObject({ path: PATH, message: expect.stringContaining('QueueSharder') as string });
      expect(await queue.size()).toBe(150);
    });
  });
});
