/**
 * Coordination recipes: locks among processes.
 * @packageDocumentation
 */
export type { AcquireOptions, ContendedLock, LockOptions } from './locks/contended-lock.js';
export { InterProcessMutex } from './locks/inter-process-mutex.js';
export type { InterProcessMutexOptions } from './locks/inter-process-mutex.js';
export { InterProcessMultiLock } from './locks/inter-process-multi-lock.js';
export type { MemberLock, MultiLockOptions } from './locks/inter-process-multi-lock.js';
export { InterProcessReadWriteLock } from './locks/inter-process-read-write-lock.js';
export { InterProcessSemaphoreMutex } from './locks/inter-process-semaphore-mutex.js';
export { InterProcessSemaphoreV2 } from './locks/inter-process-semaphore-v2.js';
export type { LeaseOptions, SemaphoreOptions } from './locks/inter-process-semaphore-v2.js';
export type { PermitsSource } from './locks/permits.js';
export type { ReadLock } from './locks/read-lock.js';
export type { WriteHold } from './locks/write-hold.js';
export type { WriteLock } from './locks/write-lock.js';
export type { ErrorHook } from './support/error-hook.js';
export type { GrantOptions, OnSuspended } from './support/grant.js';
export { Hold } from './support/hold.js';
export { HoldSet } from './support/hold-set.js';
export { LockLostError } from './support/lock-lost-error.js';
export type { LossReason } from './support/lock-lost-error.js';
export * from './caches/index.js';
export * from './nodes/index.js';
export * from './group/index.js';
export * from './discovery/index.js';
export * from './partitioner/index.js';
export * from './explain/index.js';
export * from './counters/index.js';
export * from './queues/index.js';
export * from './migrations/index.js';
export * from './barriers/index.js';
export * from './leader/index.js';
export * from './modeled/index.js';
