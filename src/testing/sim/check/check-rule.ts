import type { FinalState, Violation } from '../history.js';
import type { Known } from './known.js';

/** One promise of the product, held against a whole history. */
export type CheckRule = (known: Known, final: FinalState) => Violation[];
