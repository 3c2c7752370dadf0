// Every figure of a run, by row, metric, server and round.
import { pairedRatios, spread } from './statistics.mjs';

/** @import { Goal, Metric, Row } from '../rows/rows.mjs' */
/** @import { Spread } from './statistics.mjs' */

/**
 * @typedef {object} Sides
 * @property {string} subject
 * @property {readonly string[]} others
 * @property {string} judge the one of the others that goals are about
 *
 * @typedef {object} Line one metric of one row, summed up
 * @property {Row} row
 * @property {Metric} metric
 * @property {ReadonlyMap<string, Spread>} sides by the name of who was measured
 * @property {ReadonlyMap<string, Spread>} ratios of the subject to each of the others
 * @property {number} rounds
 * @property {Goal | null} goal null: there is none, or whom it is about has no part in the run
 * @property {boolean | null} reached null: no goal, or no figure
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
    if (!this.#failures.has(row.id)) this.#failures.set(row.id, `${side}: ${reason.replaceAll('\n', ' ').trim()}`);
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
   * @param {Sides} sides
   * @returns {Line[]}
   */
  lines(rows, sides) {
    return rows.flatMap((row) => row.metrics.map((metric) => this.#line(row, metric, sides)));
  }

  /**
   * @param {Row} row
   * @param {Metric} metric
   * @param {Sides} sides
   * @returns {Line}
   */
  #line(row, metric, { subject, others, judge }) {
    const ours = this.samples(row, metric, subject);
    const ratiosTo = (/** @type {string} */ other) => spread(pairedRatios(ours, this.samples(row, metric, other)));
    const ratios = spreads(others, ratiosTo);
    const sides = spreads([...others, subject], (side) => spread([...this.samples(row, metric, side).values()]));
    const failure = this.#failures.get(row.id) ?? null;
    const goal = metric.goal?.of === 'ratio' && !others.includes(judge) ? null : (metric.goal ?? null);
    const reached = failure === null ? isReached(goal, ratios.get(judge), sides.get(subject)) : null;
    const leftOut = this.#leftOut.get(row.id) ?? null;
    return { row, metric, sides, ratios, rounds: ours.size, goal, reached, failure, leftOut };
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
 * @param {Goal | null} goal
 * @param {Spread | undefined} ratio
 * @param {Spread | undefined} value
 */
function isReached(goal, ratio, value) {
  const measured = goal?.of === 'ratio' ? ratio : value;
  if (goal === null || measured === undefined) return null;
  return goal.sense === '>=' ? measured.median >= goal.bound : measured.median <= goal.bound;
}
