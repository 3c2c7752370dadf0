import type { FinalState, Violation } from '../history.js';
import type { Tally } from '../tally.js';
import type { Known } from './known.js';

/** One promise of the product, held against a whole history. What it cannot decide it counts. */
export type CheckRule = (known: Known, final: FinalState, tally: Tally) => Violation[];
