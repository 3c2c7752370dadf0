import { BARRIER_CASES } from './barrier-cases.js';
import { CACHE_CASES } from './cache-cases.js';
import { COUNTER_CASES } from './counter-cases.js';
import { GROUP_CASES } from './group-cases.js';
import type { HerdCase } from './herd-case.js';
import { LEADER_CASES } from './leader-cases.js';
import { LOCK_CASES } from './lock-cases.js';
import { QUEUE_CASES } from './queue-cases.js';

/** In the order of the table. */
export const HERD_CASES: readonly HerdCase[] = [
  ...LOCK_CASES,
  ...LEADER_CASES,
  ...QUEUE_CASES,
  ...BARRIER_CASES,
  ...COUNTER_CASES,
  ...CACHE_CASES,
  ...GROUP_CASES,
];
