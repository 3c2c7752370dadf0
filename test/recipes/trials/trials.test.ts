import { describe, expect, it } from 'vitest';
import { allTrials } from './all-trials.js';
import { expectNoViolation } from './no-violation.js';
import { playSimulated } from './play-simulated.js';
import { reported, runOptions } from './run-options.js';

const { only, seed: first, count, seconds } = runOptions();
const trials = [...(await allTrials(only))];
/** The same one always, so that what breaks it is a change; `npm run test:recipes` plays as many others as one likes. */
const SEEDS = Array.from({ length: count ?? 1 }, (_, index) => (first ?? 1) + index);
/** In every run of the suite things break for a shorter time. */
const SHORT_S = 20;
const lastingS = seconds ?? (count === null ? SHORT_S : null);
const faultsMs = lastingS === null ? undefined : lastingS * 1000;

describe.each(trials)('the trial of %s', (_, newTrial) => {
  it.each(SEEDS)('seed %i breaks no promise', async (seed) => {
    const report = await playSimulated({ trial: newTrial(), seed, faultsMs });
    reported('simulated', report);
    expectNoViolation([report]);
    expect(report.operations).toBeGreaterThan(0);
  });
});
