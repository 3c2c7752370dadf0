import { DistributedDelayQueue } from '../../../src/recipes/index.js';
import { queueTrial } from './queue-play.js';
import type { Trial, TrialClient } from './trial.js';

const PATH = '/trial-delay-queue/items';
const DELAY_MAX_MS = 3000;

/** Nothing is delivered before it is due by the consumer's clock. */
export function trial(): Trial {
  const due = new Map<string, number>();
  return queueTrial({
    name: 'DistributedDelayQueue',
    path: PATH,
    mode: 'at-least-once',
    make: (client, options) => new DistributedDelayQueue(client, PATH, options),
    async put(queue, id, { world, client }) {
      const dueMs = Math.ceil(wallMs(client) + world.random.below(DELAY_MAX_MS));
      due.set(id, dueMs);
      await queue.put(id, dueMs);
    },
    check({ world, client, name, id }) {
      const nameMs = Number.parseInt(name.split('|')[1] ?? '', 16);
      if (nameMs > wallMs(client)) world.violated(`${id} was delivered ${nameMs - wallMs(client)} ms before its time`);
      if (nameMs < (due.get(id) ?? 0)) world.violated(`${id}, due at ${due.get(id)}, has become ${name}`);
    },
  });
}

function wallMs({ client }: TrialClient): number {
  return client.runtime.clock.wallMs();
}
