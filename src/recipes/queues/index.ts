export { DistributedDelayQueue } from './distributed-delay-queue.js';
export { DistributedIdQueue } from './distributed-id-queue.js';
export { DistributedPriorityQueue } from './distributed-priority-queue.js';
export type { PriorityQueueOptions } from './distributed-priority-queue.js';
export { DistributedQueue } from './distributed-queue.js';
export type { AckOptions, NackOptions, QueueItem } from './queue-item.js';
export type { ItemsOptions, QueueOptions, QueueSerializer } from './queue-options.js';
export { SimpleDistributedQueue } from './simple-distributed-queue.js';
export type { SimpleQueueOptions } from './simple-distributed-queue.js';
