import { DistributedIdQueue } from '../../../src/recipes/index.js';
import { queueTrial } from './queue-play.js';
import type { Trial } from './trial.js';

/** Each item has its own name as its id, and keeps it however often it is put back. */
export function trial(): Trial {
  return queueTrial({
    name: 'DistributedIdQueue',
    path: '/trial-id-queue/items',
    mode: 'at-least-once',
    make: (client, options) => new DistributedIdQueue(client, '/trial-id-queue/items', options),
    put: (queue, id) => queue.put(id, id),
    check({ world, name, id }) {
      if (!name.startsWith(`queue-|${id}|`)) world.violated(`${id} has become ${name}`);
    },
  });
}
