// What is said while it runs, on standard error: the tables alone go to standard output.
import { figure } from './report/table.mjs';

/** @import { Row } from './rows/rows.mjs' */

const startedMs = Date.now();

/** @param {string} line */
export function say(line) {
  const seconds = Math.round((Date.now() - startedMs) / 1000);
  const at = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  console.error(`[${at}] ${line}`);
}

/** @param {string} line something the reader of the figures has to know */
export function warn(line) {
  console.error(`\n*** ${line}\n`);
}

/** @typedef {{ round: number, rounds: number, row: Row, side: string }} Place whose turn it is at what */

/**
 * @param {Place} place
 * @param {Readonly<Record<string, number>>} values
 */
export function sayFigures(place, values) {
  const { metrics } = place.row;
  // Two goals for one figure are two lines of the table, but one thing to say here.
  const once = metrics.filter(({ key }, index) => metrics.findIndex((metric) => metric.key === key) === index);
  const shown = once.map(({ key, title }) => `${figure(values[key] ?? NaN)} ${title}`);
  say(`${placeText(place)}: ${shown.join('; ')}`);
}

/**
 * @param {Place} place
 * @param {string} reason
 */
export function sayFailure(place, reason) {
  say(`${placeText(place)}: FAILED, ${reason}`);
}

/** @param {Place} place */
function placeText({ round, rounds, row, side }) {
  return `${round}/${rounds} ${side.padEnd(8)} ${row.title}`;
}
