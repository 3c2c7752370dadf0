import type { Clock } from './clock.js';
import type { Network } from './network.js';
import type { Random } from './random.js';
import type { Timers } from './timers.js';

/** Everything outside the process that code may touch, but for files: swapped as a whole by a simulator. */
export interface Runtime {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly network: Network;
}
