// Every figure of a run, by row, metric, server and round.
import { pairedRatios, spread } from './statistics.mjs';

/** @import { Goal, Metric, Row } from '../rows/rows.mjs' */
/** @import { Spread } from './statistics.mjs' */

/**
 * @typedef {object} Line one metric of one row, summed up
 * @property {Row} row
 * @property {Metric} metric
 * @property {ReadonlyMap<string, Spread>} sides by the name of who was measured
 * @property {ReadonlyMap<string, Spread>} ratios of the subject to each of the others
 * @property {number} rounds
 * @property {boolean | null} reached null: no goal, or nothing to compare with
 * @property {string | null} failure the first thing that went wrong
 * @property {string | null} leftOut why it was not measured
 */

export class Results {
  /** @type {Map<string, Map<number, number>>} */
  #samples = new Map();
  /** @type {Map<string, string>} */
  #failures = new Map();
  /** @type {Map<string, string>} */
  #leftOut = new Map();
  /** Who was to be measured and is not here. */
  notMeasured = /** @type {string[]} */ ([]);
  /** Shares of the machine that neither server nor generator used while a load ran. */
  #elsewhere = /** @type {number[]} */ ([]);

  /**
   * @param {Row} row
   * @param {string} side
   * @param {{ round: number, values: Readonly<Record<string, number>> }} sample
   */
  record(row, side, { round, values }) {
    for (const [metric, value] of Object.entries(values)) {
      const key = keyOf(row, metric, side);
      const rounds = this.#samples.get(key) ?? new Map();
      this.#samples.set(key, rounds.set(round, value));
    }
  }

  /**
   * @param {Row} row
   * @param {string} side
   * @param {string} reason
   */
  fail(row, side, reason) {
    if (!this.#failures.has(row.id)) this.#failures.set(row.id, `${side}: ${reason.split('\n').join(' ')}`);
  }

  /**
   * @param {Row} row
   * @param {string} reason
   */
  leaveOut(row, reason) {
    this.#leftOut.set(row.id, reason);
  }

  /** @param {number} share */
  usedElsewhere(share) {
    this.#elsewhere.push(share);
  }

  /** The median share of the machine that others used; null when no load ran. */
  get elsewhere() {
    return spread(this.#elsewhere)?.median ?? null;
  }

  get failures() {
    return this.#failures;
  }

  /**
   * @param {readonly Row[]} rows
   * @param {{ subject: string, others: readonly string[] }} sides
   * @returns {Line[]}
   */
  lines(rows, { subject, others }) {
    return rows.flatMap((row) => row.metrics.map((metric) => this.#line(row, metric, { subject, others })));
  }

  /**
   * @param {Row} row
   * @param {Metric} metric
   * @param {{ subject: string, others: readonly string[] }} sides
   * @returns {Line}
   */
  #line(row, metric, { subject, others }) {
    const ours = this.samples(row, metric, subject);
    const ratiosTo = (/** @type {string} */ other) => spread(pairedRatios(ours, this.samples(row, metric, other)));
    const ratios = spreads(others, ratiosTo);
    const sides = spreads([...others, subject], (side) => spread([...this.samples(row, metric, side).values()]));
    const failure = this.#failures.get(row.id) ?? null;
    const ratio = others[0] === undefined ? undefined : ratios.get(others[0]);
    const reached = failure === null ? isReached(metric.goal, ratio, sides.get(subject)) : null;
    const leftOut = this.#leftOut.get(row.id) ?? null;
    return { row, metric, sides, ratios, rounds: ours.size, reached, failure, leftOut };
  }

  /**
   * @param {Row} row
   * @param {Metric} metric
   * @param {string} side
   * @returns {ReadonlyMap<number, number>} by round
   */
  samples(row, metric, side) {
    return this.#samples.get(keyOf(row, metric.key, side)) ?? new Map();
  }
}

/**
 * @param {readonly string[]} names
 * @param {(name: string) => Spread | null} of
 */
function spreads(names, of) {
  /** @type {Map<string, Spread>} */
  const found = new Map();
  for (const name of names) {
    const value = of(name);
    if (value !== null) found.set(name, value);
  }
  return found;
}

/**
 * @param {Row} row
 * @param {string} metric
 * @param {string} side
 */
function keyOf(row, metric, side) {
  return `${row.id}/${metric}/${side}`;
}

/**
 * @param {Goal | undefined} goal
 * @param {Spread | undefined} ratio
 * @param {Spread | undefined} value
 */
function isReached(goal, ratio, value) {
  const measured = goal?.of === 'ratio' ? ratio : value;
  if (goal === undefined || measured === undefined) return null;
  return goal.sense === '>=' ? measured.median >= goal.bound : measured.median <= goal.bound;
}
