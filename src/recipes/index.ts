/**
 * Coordination recipes: locks among processes.
 * @packageDocumentation
 */
export { InterProcessMutex } from './locks/inter-process-mutex.js';
export type { AcquireOptions, InterProcessMutexOptions } from './locks/inter-process-mutex.js';
export type { GrantOptions, OnSuspended } from './support/grant.js';
export { Hold } from './support/hold.js';
export { LockLostError } from './support/lock-lost-error.js';
export type { LossReason } from './support/lock-lost-error.js';
