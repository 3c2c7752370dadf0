import { COUNTER_CASES } from './counter-cases.js';
import { GROUP_CASES } from './group-cases.js';
import type { HerdCase } from './herd-case.js';
import { LOCK_CASES } from './lock-cases.js';
import { QUEUE_CASES } from './queue-cases.js';

/** In the order of the table. */
export const HERD_CASES: readonly HerdCase[] = [...LOCK_CASES, ...QUEUE_CASES, ...COUNTER_CASES, ...GROUP_CASES];
