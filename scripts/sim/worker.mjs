// A thread of `npm run sim`: plays the seeds it is given, one after the other, and looks for the shortest story of each failure.
import { parentPort, workerData } from 'node:worker_threads';
import { projectRoot } from '../dist-state.mjs';

/** @typedef {import('../../src/testing/sim/index.js').SimulateOptions} SimulateOptions */

/** A world takes a second or so. */
const SHRINKING_RUNS_MAX = 60;

/** @type {{ verbose: boolean, shrinks: boolean, options: Omit<SimulateOptions, 'seed'> }} */
const { verbose, shrinks, options } = workerData;
// Thousands of errors are made and few are looked at.
Error.stackTraceLimit = 6;
/** @type {typeof import('../../src/testing/sim/index.js')} */
const { simulate, shrink, storyOf, lineOf } = await import(`${projectRoot}/dist/testing/sim/index.js`);
parentPort?.on('message', async (/** @type {number} */ seed) => {
  const result = await simulate({ ...options, seed });
  parentPort?.postMessage({
    seed,
    virtualMs: result.virtualMs,
    tally: result.tally.entries(),
    story: result.violations.length === 0 ? null : await shortStory(result),
    lines: verbose ? result.events.map(lineOf) : [],
  });
});

/** @param {import('../../src/testing/sim/index.js').SimulationResult} failed */
async function shortStory(failed) {
  if (!shrinks) return storyOf(failed);
  const tried = () => parentPort?.postMessage(null);
  const shortest = await shrink(failed, { runsMax: SHRINKING_RUNS_MAX, tried });
  if (shortest === failed) return storyOf(failed);
  const what = failed.violations.map(({ rule }) => rule).join(', ');
  return `seed ${failed.options.seed} violated ${what}; the shortest story of it:\n${storyOf(shortest)}`;
}
