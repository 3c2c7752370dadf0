// Goals, as the rows write them.

/** @import { Goal } from './rows.mjs' */

/**
 * Our figure is to be at least so many times the other's, measured in the same round.
 * @param {number} bound
 * @returns {Goal}
 */
export const atLeast = (bound) => ({ of: 'ratio', sense: '>=', bound });

/**
 * Our figure is to be at most this part of the other's, measured in the same round.
 * @param {number} bound
 * @returns {Goal}
 */
export const atMost = (bound) => ({ of: 'ratio', sense: '<=', bound });

/**
 * Our figure is to be at most this, whatever the other's is.
 * @param {number} bound
 * @returns {Goal}
 */
export const neverAbove = (bound) => ({ of: 'value', sense: '<=', bound });
