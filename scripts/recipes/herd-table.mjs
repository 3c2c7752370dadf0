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
/** The first cells: they say what the figures are of. */
const NAMING = 3;

/**
 * A row for each number of waiters of each step, as Markdown.
 * @param {readonly HerdResult[]} results
 */
export function herdTable(results) {
  return tableOf(rowsOf(results));
}

/**
 * The table as it was, with the rows of these results in place of what it said of the same, and new ones with their like.
 * @param {readonly HerdResult[]} results
 * @param {string} before
 */
export function herdTableWith(results, before) {
  const rows = rowsIn(before);
  for (const row of rowsOf(results)) {
    const same = rows.findIndex((each) => isAlike(each, row, NAMING));
    const like = [NAMING - 1, 1].map((cells) => rows.findLastIndex((each) => isAlike(each, row, cells)));
    const place = like.find((at) => at >= 0) ?? rows.length - 1;
    if (same >= 0) rows[same] = row;
    else rows.splice(place + 1, 0, row);
  }
  return tableOf(rows);
}

/** @param {readonly HerdResult[]} results */
function rowsOf(results) {
  return results.filter(({ who }) => who === 'pinfold').map((own) => rowOf(own, curatorsOf(own, results)));
}

/**
 * Without its head.
 * @param {string} table
 */
function rowsIn(table) {
  const lines = table.split('\n').filter((line) => line.startsWith('|'));
  const cells = lines.map((line) => line.split('|').map((cell) => cell.trim()));
  return cells.slice(2).map((row) => row.slice(1, -1));
}

/**
 * @param {readonly string[]} a
 * @param {readonly string[]} b
 * @param {number} cells
 */
function isAlike(a, b, cells) {
  return a.slice(0, cells).every((cell, at) => cell === b[at]);
}

/** @param {readonly (readonly string[])[]} rows */
function tableOf(rows) {
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
