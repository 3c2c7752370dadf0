// The queues: the verbs of ../curator/Queues.java.
import { setTimeout } from 'node:timers/promises';
import {
  DistributedDelayQueue,
  DistributedIdQueue,
  DistributedPriorityQueue,
  DistributedQueue,
  SimpleDistributedQueue,
} from 'pinfold';

/** So long that a neighbour gets something too. */
const SLOW_MS = 5;

const CLASSES = {
  plain: DistributedQueue,
  id: DistributedIdQueue,
  priority: DistributedPriorityQueue,
  delay: DistributedDelayQueue,
};

export function furnish({ client, tell }) {
  const queues = new Map();
  const simple = (path) => new SimpleDistributedQueue(client, path);

  const consume = async (name, { queue, how, mode, signal }) => {
    const refused = new Set();
    for await (const item of queue.items({ mode, signal })) {
      const text = item.value.toString();
      if (how === 'refuse' && !refused.has(text)) {
        refused.add(text);
        tell('refused', { name, item: text });
        await item.nack();
        continue;
      }
      tell('took', { name, item: text, epochMs: Date.now() });
      if (how === 'slow') await setTimeout(SLOW_MS);
      if (how !== 'stall') await item.ack();
    }
  };

  /** An item, or null when there was none for so long. */
  const poll = async (path, timeoutMs) => {
    if (Number(timeoutMs) === 0) return simple(path).poll();
    return simple(path)
      .take({ timeoutMs: Number(timeoutMs) })
      .catch((error) => (error.code === 'TIMEOUT' ? null : Promise.reject(error)));
  };

  return {
    'queue.open': async (name, kind, path, lockPath, how) => {
      const queue = new CLASSES[kind](client, path, lockPath === '' ? {} : { lockPath });
      const controller = new AbortController();
      await queue.start();
      // Without claims, as Curator does it, an item is gone before it is consumed.
      const mode = lockPath === '' ? 'at-most-once' : 'at-least-once';
      const consuming = how === 'none' ? null : consume(name, { queue, how, mode, signal: controller.signal });
      queues.set(name, { queue, controller, consuming });
    },
    'queue.put': (name, item, beside) => {
      const { queue } = queues.get(name);
      if (beside === undefined) return queue.put(item);
      return queue.put(item, queue instanceof DistributedIdQueue ? beside : Number(beside));
    },
    'queue.putMulti': (name, ...items) => queues.get(name).queue.putMany(items),
    'queue.fill': async (name, prefix, count) => {
      for (let item = 0; item < Number(count); item += 1) await queues.get(name).queue.put(`${prefix}${item}`);
    },
    'queue.remove': (name, id) => queues.get(name).queue.remove(id),
    'queue.close': async (name) => {
      const { controller, consuming } = queues.get(name) ?? {};
      queues.delete(name);
      controller?.abort();
      await consuming;
    },
    'simple.offer': async (path, item) => {
      await simple(path).offer(item);
      return true;
    },
    'simple.peek': (path) => simple(path).peek(),
    'simple.poll': poll,
    'simple.drain': async (path, idleMs) => {
      const items = [];
      for (let item = await poll(path, idleMs); item !== null; item = await poll(path, idleMs)) items.push(item);
      return items;
    },
  };
}
