import { DistributedQueue } from '../../../src/recipes/index.js';
import { queueTrial } from './queue-play.js';
import type { Trial } from './trial.js';

export function trial(): Trial {
  return queueTrial({
    name: 'DistributedQueue, at most once',
    path: '/trial-queue-once/items',
    mode: 'at-most-once',
    make: (client, options) => new DistributedQueue(client, '/trial-queue-once/items', options),
    put: (queue, id) => queue.put(id),
  });
}
