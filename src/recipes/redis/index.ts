/**
 * Recipes for those who keep their data in Redis: writes that a late holder of a lock cannot do, and a Redlock that locks
 * with pinfold. Works with ioredis (5 or later), which is installed only by those who use it.
 * @packageDocumentation
 */
export { ExecutionError } from './execution-error.js';
export { FenceGuard } from './fence-guard.js';
export type { FencedCommand, FenceGuardOptions, FenceRedis, TokenSource } from './fence-guard.js';
export { FencedError } from './fenced-error.js';
export { Redlock } from './redlock.js';
export type { RedlockAbortSignal, RedlockEvents, RedlockRoutine } from './redlock.js';
export { RedlockLock } from './redlock-lock.js';
export type {
  RedlockComparison,
  RedlockMode,
  RedlockOptions,
  RedlockSettings,
  SideReport,
  TheirLock,
  TheirRedlock,
} from './redlock-options.js';
export { ResourceLockedError } from './resource-locked-error.js';
