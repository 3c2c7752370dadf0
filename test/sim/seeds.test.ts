import { describe, expect, it } from 'vitest';
import { simulate, storyOf } from '../../src/testing/sim/index.js';

/** The same ones always, so that what breaks them is a change; `npm run sim` plays as many others as one likes. */
const SEEDS = Array.from({ length: 100 }, (_, index) => index + 1);

describe('a hundred worlds', () => {
  it.each(SEEDS)('seed %i breaks no promise', async (seed) => {
    const result = await simulate({ seed });
    expect(result.violations.length === 0 ? '' : storyOf(result)).toBe('');
  });
});
