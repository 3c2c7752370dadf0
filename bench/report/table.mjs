// The figures as a Markdown table, which is readable in a terminal too.

/** @import { Goal } from '../rows/rows.mjs' */
/** @import { Line, Sides } from './results.mjs' */
/** @import { Spread } from './statistics.mjs' */

/**
 * @param {readonly Line[]} lines
 * @param {Pick<Sides, 'subject' | 'others'>} sides
 */
export function table(lines, { subject, others }) {
  const names = [...others, subject];
  const heads = [
    'row',
    ...names.map((name) => `${name}, median (min-max)`),
    ...others.map((name) => `ratio to ${name}`),
    'goal',
    'reached',
    'rounds',
  ];
  const body = lines.map((line) => [
    `${line.row.title}, ${line.metric.title}`,
    ...(figuresMissing(line)?.concat(Array(names.length + others.length - 1).fill('')) ?? [
      ...names.map((name) => shown(line.sides.get(name), figure)),
      ...others.map((name) => shown(line.ratios.get(name), ratio)),
    ]),
    goalText(line.goal),
    line.reached === null ? '' : line.reached ? 'yes' : '**no**',
    `${line.rounds}`,
  ]);
  return aligned([heads, ...body]);
}

/** @param {Line} line */
function figuresMissing({ failure, leftOut }) {
  if (failure !== null) return [`**FAILED** ${failure.replaceAll('|', '/')}`];
  return leftOut === null ? null : [`**not measured** ${leftOut}`];
}

/** @param {readonly (readonly string[])[]} rows of one length, the heading first */
export function aligned(rows) {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(3, ...rows.map((row) => (row[column] ?? '').length)));
  const text = (/** @type {readonly string[]} */ row) =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`;
  const [head, ...body] = rows.map(text);
  return [head, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body].join('\n');
}

/**
 * @param {Spread | undefined} spread
 * @param {(value: number) => string} text
 */
function shown(spread, text) {
  if (spread === undefined) return '-';
  const { median, min, max } = spread;
  return min === max ? text(median) : `${text(median)} (${text(min)}-${text(max)})`;
}

/**
 * Three digits that count, and thousands apart.
 * @param {number} value
 */
export function figure(value) {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : value >= 0.1 || value === 0 ? 2 : 3;
  return value.toLocaleString('en-GB', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** @param {number} value */
function ratio(value) {
  return value >= 10 ? value.toFixed(1) : value >= 0.1 ? value.toFixed(2) : value.toFixed(3);
}

/** @param {Goal | null} goal */
function goalText(goal) {
  if (goal === null) return '';
  return `${goal.sense} ${goal.bound}${goal.of === 'ratio' ? 'x' : ''}`;
}
