// Medians and spreads of few samples, where one bad round must not decide.

/** @typedef {{ median: number, min: number, max: number }} Spread */

/**
 * @param {readonly number[]} samples
 * @returns {Spread | null} null without samples
 */
export function spread(samples) {
  const sorted = [...samples].sort((a, b) => a - b);
  const low = sorted[Math.floor((sorted.length - 1) / 2)];
  const high = sorted[Math.ceil((sorted.length - 1) / 2)];
  const min = sorted[0];
  const max = sorted.at(-1);
  if (low === undefined || high === undefined || min === undefined || max === undefined) return null;
  return { median: (low + high) / 2, min, max };
}

/**
 * Ratios of samples that were taken in the same round, one after the other: what disturbs the machine disturbs both.
 * @param {ReadonlyMap<number, number>} ours by round
 * @param {ReadonlyMap<number, number>} theirs by round
 */
export function pairedRatios(ours, theirs) {
  /** @type {number[]} */
  const ratios = [];
  for (const [round, value] of ours) {
    const other = theirs.get(round);
    if (other !== undefined && other > 0) ratios.push(value / other);
  }
  return ratios;
}
