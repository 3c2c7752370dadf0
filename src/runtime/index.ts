export type { Clock } from './clock.js';
export type { Timer, Timers } from './timers.js';
export type { Random } from './random.js';
export type * from './network.js';
export type { Runtime } from './runtime.js';
export { nodeRuntime } from './node-runtime.js';
export type { Logger } from './logger.js';
export { SILENT_LOGGER } from './logger.js';
