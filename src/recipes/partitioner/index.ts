export { WorkPartitioner } from './work-partitioner.js';
export type { PartitionWork } from './work-partitioner.js';
export type { WorkPartitionerOptions } from './work-partitioner-options.js';
export { Assignment } from './assignment.js';
