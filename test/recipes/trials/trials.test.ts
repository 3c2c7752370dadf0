import { describe, expect, it } from 'vitest';
import { allTrials } from './all-trials.js';
import { playSimulated } from './play-simulated.js';

const trials = await allTrials();
/** The same ones always, so that what breaks them is a change; `npm run test:recipes` plays as many others as one likes. */
const SEEDS = [1, 2];

describe.each([...trials])('the trial of %s', (_, newTrial) => {
  it.each(SEEDS)('seed %i breaks no promise', async (seed) => {
    const { story, operations } = await playSimulated({ trial: newTrial(), seed });
    expect(story ?? '').toBe('');
    expect(operations).toBeGreaterThan(0);
  });
});
