export { contenderLabel } from './contender-label.js';
export { findDeadlocks } from './deadlocks.js';
export type { Deadlock, DeadlockStep, FindDeadlocksOptions } from './deadlocks.js';
export { explain } from './explain.js';
export type { ExplainOptions } from './explain.js';
export type { ExplainedKind, ExplainedNode, Explanation } from './explanation.js';
