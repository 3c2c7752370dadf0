/**
 * Coordination recipes: locks among processes.
 * @packageDocumentation
 */
export type { AcquireOptions, ContendedLock, LockOptions } from './locks/contended-lock.js';
export { InterProcessMutex } from './locks/inter-process-mutex.js';
export type { InterProcessMutexOptions } from './locks/inter-process-mutex.js';
export type { GrantOptions, OnSuspended } from './support/grant.js';
export { Hold } from './support/hold.js';
export { LockLostError } from './support/lock-lost-error.js';
export type { LossReason } from './support/lock-lost-error.js';
export * from './caches/index.js';
export * from './nodes/index.js';
export * from './group/index.js';
export * from './discovery/index.js';
export * from './partitioner/index.js';
