// Rounds in which each server has its turn, for rows that bring their own servers.
import { endServers } from '../servers/server.mjs';
import { sayFigures, sayFailure } from '../progress.mjs';

/** @import { Bench } from '../bench.mjs' */
/** @import { Row } from '../rows/rows.mjs' */
/** @import { Product } from '../servers/server.mjs' */

/**
 * Every second round the other way round: nobody is always the one that comes after the other.
 * @template T
 * @param {readonly T[]} contestants
 * @param {number} round
 * @returns {readonly T[]}
 */
export function inTurn(contestants, round) {
  return round % 2 === 1 ? contestants : contestants.toReversed();
}

/**
 * @typedef {object} Turn
 * @property {Product} product
 * @property {number} round from 1 on
 * @property {(row: Row, values: Readonly<Record<string, number>>) => void} record takes rows that were not asked for, too
 *
 * @param {Bench} bench
 * @param {{ rows: readonly Row[], rounds: number }} what
 * @param {(turn: Turn) => Promise<void>} measure a failure is one of all rows that this turn has not recorded
 */
export async function takeTurns({ products, results }, { rows, rounds }, measure) {
  for (let round = 1; round <= rounds; round += 1) {
    for (const product of inTurn(products, round)) {
      const side = product.name;
      const left = new Set(rows);
      /** @type {Turn['record']} */
      const record = (row, values) => {
        if (!left.delete(row)) return;
        results.record(row, side, { round, values });
        sayFigures({ round, rounds, row, side }, values);
      };
      try {
        await measure({ product, round, record });
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        for (const row of left) {
          results.fail(row, side, reason);
          sayFailure({ round, rounds, row, side }, reason);
        }
        await endServers();
      }
    }
  }
}
