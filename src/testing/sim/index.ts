/**
 * The simulator: the production server and clients in one process, in virtual time, on a network and a disk that fail, all
 * of it determined by a seed.
 * @packageDocumentation
 */
export type { Servers } from './check/calls.js';
export type { Cuts } from './cuts.js';
export { cutsOf } from './cuts.js';
export { FAULT_NAMES, faultsOf } from './faults.js';
export type { FaultName } from './faults.js';
export type * from './history.js';
export { shrink } from './shrink.js';
export type { ShrinkOptions } from './shrink.js';
export { simulate } from './simulation.js';
export type { SimulateOptions, SimulationResult } from './simulation.js';
export { lineOf, storyOf } from './story.js';
export { Tally } from './tally.js';
