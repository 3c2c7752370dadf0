// Rows about whole locks: contenders that ask again as soon as they have given the lock back, pinfold's and Curator's.
import { atLeast } from './goals.mjs';

/** @import { Row } from './rows.mjs' */

/** @typedef {Row & { contenders: number, server: 'pinfold' | 'Apache' }} HandOverRow */

const CONTENDERS = [2, 10, 100];

/**
 * @param {'pinfold' | 'Apache'} server
 * @param {number} contenders
 * @returns {HandOverRow}
 */
function handOverRow(server, contenders) {
  return {
    id: `hand-over${contenders}-${server.toLowerCase()}`,
    group: 'hand-over',
    title: `InterProcessMutex, ${contenders} contenders, 3 of ${server}'s servers`,
    phase: 'handOvers',
    contenders,
    server,
    metrics: [
      { key: 'ops', title: 'acquisitions/s', goal: atLeast(1) },
      { key: 'cpu', title: "contenders' CPU us/acquisition" },
    ],
  };
}

/** @type {readonly HandOverRow[]} */
export const handOverRows = ['pinfold', 'Apache'].flatMap((server) =>
  CONTENDERS.map((contenders) => handOverRow(/** @type {'pinfold' | 'Apache'} */ (server), contenders)),
);
