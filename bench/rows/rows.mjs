// What is measured: every row of the table, with what it reads off a measurement and the goal it has.
import { clientRows } from './client-rows.mjs';
import { ensembleLoadRows, ensembleRows } from './ensemble-rows.mjs';
import { handOverRows } from './hand-over-rows.mjs';
import { loadRows } from './load-rows.mjs';
import { millionRows, startRows } from './process-rows.mjs';

/**
 * @typedef {object} Goal what pinfold is to reach, as a ratio to the other server in the same round, or as a figure of its own
 * @property {'ratio' | 'value'} of
 * @property {'>=' | '<='} sense
 * @property {number} bound
 */

/**
 * @typedef {object} Metric one line of the table
 * @property {string} key
 * @property {string} title with its unit
 * @property {Goal} [goal]
 */

/**
 * @typedef {'loads' | 'starts' | 'clients' | 'million' | 'ensembleLoads' | 'ensembleStarts' | 'failovers' | 'handOvers'} Phase who measures it
 *
 * @typedef {object} Row
 * @property {string} id what `--rows` calls it
 * @property {string} group
 * @property {string} title
 * @property {Phase} phase
 * @property {readonly Metric[]} metrics
 * @property {boolean} [takesMinutes]
 */

/** @type {readonly Row[]} */
const rows = [
  ...loadRows,
  ...Object.values(startRows),
  ...Object.values(millionRows),
  ...clientRows,
  ...ensembleLoadRows,
  ...Object.values(ensembleRows),
  ...handOverRows,
];

/**
 * @param {readonly string[] | null} names ids and groups; null: all
 * @returns {readonly Row[]} in the order of the table
 */
export function rowsNamed(names) {
  return names === null ? rows : rows.filter((row) => names.includes(row.id) || names.includes(row.group));
}

/** The names for `--rows`, one line a group. */
export function rowNames() {
  const groups = [...new Set(rows.map((row) => row.group))];
  return groups
    .map((group) => {
      const ids = rows.filter((row) => row.group === group).map((row) => row.id);
      return `  ${group.padEnd(10)} ${ids.join(' ')}\n`;
    })
    .join('');
}
