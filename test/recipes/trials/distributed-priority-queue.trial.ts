import { DistributedPriorityQueue } from '../../../src/recipes/index.js';
import { queueTrial } from './queue-play.js';
import type { Trial } from './trial.js';

const PATH = '/trial-priority-queue/items';
const ORDERED = 12;

/** Items keep their priority; what stands in the queue when a lone consumer comes is delivered by it. */
export function trial(): Trial {
  const priorities = new Map<string, number>();
  const play = queueTrial({
    name: 'DistributedPriorityQueue',
    path: PATH,
    mode: 'at-least-once',
    make: (client, options) => new DistributedPriorityQueue(client, PATH, options),
    put(queue, id, { world }) {
      const priority = world.random.below(20) - 10;
      priorities.set(id, priority);
      return queue.put(id, priority);
    },
    check({ world, name, id }) {
      const digits = ((priorities.get(id) ?? 0) >>> 0).toString(16).toUpperCase().padStart(8, '0');
      if (name.slice('queue-'.length + 1, -10) !== digits)
        world.violated(`${id}, of priority ${digits}, has become ${name}`);
    },
  });
  return {
    ...play,
    async judge(world, fresh) {
      await play.judge?.(world, fresh);
      const queue = new DistributedPriorityQueue(fresh, PATH);
      const wanted: number[] = [];
      for (let left = ORDERED; left > 0; left--) {
        wanted.push(world.random.below(10) - 5);
        await queue.put(String(wanted.at(-1)), wanted.at(-1)!);
      }
      const seen: number[] = [];
      for await (const item of queue.items()) {
        seen.push(Number(String(item.value)));
        await item.ack();
        if (seen.length === ORDERED) break;
      }
      wanted.sort((a, b) => a - b);
      if (seen.join() !== wanted.join()) world.violated(`delivered ${seen.join()} instead of ${wanted.join()}`);
    },
  };
}
