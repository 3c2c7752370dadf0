// The table of `npm run herd`.

/**
 * What one step cost, on average.
 * @typedef {object} HerdResult
 * @property {string} id
 * @property {string} recipe
 * @property {string} step
 * @property {number} waiters
 * @property {'pinfold' | 'Curator'} who
 * @property {number} events
 * @property {number} requests
 */

const HEAD = ['recipe', 'step', 'waiters', 'events', "Curator's", 'requests', "Curator's"];
const FIRST_FIGURE = 2;

/**
 * A row for each number of waiters of each step, as Markdown.
 * @param {readonly HerdResult[]} results
 */
export function herdTable(results) {
  const rows = results.filter(({ who }) => who === 'pinfold').map((own) => rowOf(own, curatorsOf(own, results)));
  const widths = HEAD.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (/** @type {readonly string[]} */ cells) =>
    `| ${cells.map((cell, column) => padded(cell, column, widths[column] ?? 0)).join(' | ')} |`;
  const rule = widths.map((width, column) => (column < FIRST_FIGURE ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(HEAD), `| ${rule.join(' | ')} |`, ...rows.map(line)].join('\n');
}

/**
 * @param {HerdResult} own
 * @param {readonly HerdResult[]} results
 */
function curatorsOf({ id, waiters }, results) {
  return results.find((each) => each.who === 'Curator' && each.id === id && each.waiters === waiters);
}

/**
 * @param {HerdResult} own
 * @param {HerdResult | undefined} curators
 */
function rowOf(own, curators) {
  const { recipe, step, waiters, events, requests } = own;
  const named = [recipe, step, waiters.toLocaleString('en')];
  return [...named, figure(events), figure(curators?.events), figure(requests), figure(curators?.requests)];
}

/** @param {number | undefined} value */
function figure(value) {
  return value === undefined ? '' : value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 1 : 0 });
}

/**
 * @param {string} cell
 * @param {number} column
 * @param {number} width
 */
function padded(cell, column, width) {
  return column < FIRST_FIGURE ? cell.padEnd(width) : cell.padStart(width);
}
