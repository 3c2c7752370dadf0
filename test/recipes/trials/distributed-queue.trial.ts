import { DistributedQueue } from '../../../src/recipes/index.js';
import { queueTrial } from './queue-play.js';
import type { Trial } from './trial.js';

export function trial(): Trial {
  return queueTrial({
    name: 'DistributedQueue',
    path: '/trial-queue/items',
    mode: 'at-least-once',
    make: (client, options) => new DistributedQueue(client, '/trial-queue/items', options),
    put: (queue, id) => queue.put(id),
  });
}
