// The table at the end of `npm run test:recipes`.

/**
 * What the tests report of one trial in one world.
 * @typedef {object} TrialLine
 * @property {'simulated' | 'live'} where
 * @property {string} name of the recipe
 * @property {number} faults
 * @property {number} operations
 * @property {string[]} violations
 * @property {string | null} story
 */

const HEAD = ['recipe', 'simulated seeds', 'live runs', 'faults', 'operations', 'violations'];

/**
 * A row a recipe, and a last one for all of them.
 * @param {readonly TrialLine[]} lines
 */
export function tableOf(lines) {
  const names = [...new Set(lines.map(({ name }) => name))].sort();
  const rows = names.map((name) =>
    rowOf(
      name,
      lines.filter((line) => line.name === name),
    ),
  );
  const cells = [HEAD, ...rows, rowOf('all', lines)];
  const widths = HEAD.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const text = (/** @type {string[]} */ row) => row.map((cell, column) => padded(cell, column, widths[column] ?? 0));
  const rule = widths.map((width) => '-'.repeat(width));
  return [text(HEAD), rule, ...rows.map(text), rule, text(rowOf('all', lines))].map((row) => row.join('  ')).join('\n');
}

/**
 * @param {string} name
 * @param {readonly TrialLine[]} lines
 * @returns {string[]}
 */
function rowOf(name, lines) {
  const sum = (/** @type {(line: TrialLine) => number} */ of) =>
    lines.reduce((total, line) => total + of(line), 0).toLocaleString('en');
  return [
    name,
    sum(({ where }) => (where === 'simulated' ? 1 : 0)),
    sum(({ where }) => (where === 'live' ? 1 : 0)),
    sum(({ faults }) => faults),
    sum(({ operations }) => operations),
    sum(({ violations }) => violations.length),
  ];
}

/**
 * @param {string} cell
 * @param {number} column
 * @param {number} width
 */
function padded(cell, column, width) {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}
