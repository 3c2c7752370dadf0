export type {
  AtomicChange,
  AtomicOptions,
  AtomicRefusal,
  AtomicResult,
  AtomicStats,
  PromotedToLock,
  ReadAtomicOptions,
} from './atomic-node.js';
export type { CachedAtomic, CachedNumber } from './cached-atomic.js';
export { CachedAtomicInteger } from './cached-atomic-integer.js';
export { CachedAtomicLong } from './cached-atomic-long.js';
export { DistributedAtomicInteger } from './distributed-atomic-integer.js';
export { DistributedAtomicLong } from './distributed-atomic-long.js';
export type { DistributedAtomicNumber } from './distributed-atomic-number.js';
export { DistributedAtomicValue } from './distributed-atomic-value.js';
export { SharedCount } from './shared-count.js';
export type {
  CompareAndSetResult,
  ReadSharedOptions,
  SharedNode,
  SharedState,
  SharedValueOptions,
  VersionedValue,
} from './shared-node.js';
export { SharedValue } from './shared-value.js';
