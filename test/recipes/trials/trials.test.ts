import { describe, expect, it } from 'vitest';
import { allTrials } from './all-trials.js';
import { playSimulated } from './play-simulated.js';
import { reported, runOptions } from './run-options.js';

const { only, seed: first, count } = runOptions();
const trials = [...(await allTrials(only))];
/** The same ones always, so that what breaks them is a change; `npm run test:recipes` plays as many others as one likes. */
const SEEDS = Array.from({ length: count ?? 2 }, (_, index) => (first ?? 1) + index);

describe.each(trials)('the trial of %s', (_, newTrial) => {
  it.each(SEEDS)('seed %i breaks no promise', async (seed) => {
    const report = await playSimulated({ trial: newTrial(), seed });
    reported('simulated', report);
    expect(report.story ?? '').toBe('');
    expect(report.operations).toBeGreaterThan(0);
  });
});
