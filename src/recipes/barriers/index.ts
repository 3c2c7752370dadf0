export { DistributedBarrier } from './distributed-barrier.js';
export type { DistributedBarrierOptions } from './distributed-barrier.js';
export { DistributedDoubleBarrier } from './distributed-double-barrier.js';
export type { DistributedDoubleBarrierOptions } from './distributed-double-barrier.js';
