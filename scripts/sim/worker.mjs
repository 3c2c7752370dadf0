// A thread of `npm run sim`: plays the seeds it is given, one after the other.
import { parentPort, workerData } from 'node:worker_threads';
import { projectRoot } from '../dist-state.mjs';

/** @type {{ verbose: boolean, faults: import('../../src/testing/sim/faults.js').FaultName[] | null }} */
const { verbose, faults } = workerData;
// Thousands of errors are made and few are looked at.
Error.stackTraceLimit = 6;
/** @type {typeof import('../../src/testing/sim/index.js')} */
const { simulate, storyOf, lineOf } = await import(`${projectRoot}/dist/testing/sim/index.js`);
parentPort?.on('message', async (/** @type {number} */ seed) => {
  const result = await simulate({ seed, ...(faults === null ? {} : { faults }) });
  parentPort?.postMessage({
    seed,
    virtualMs: result.virtualMs,
    tally: result.tally.entries(),
    story: result.violations.length === 0 ? null : storyOf(result),
    lines: verbose ? result.events.map(lineOf) : [],
  });
});
