import { describe, expect, it } from 'vitest';
import { LAYS, type NamedLay } from '../../ensemble/support/lays.js';
import { allTrials } from './all-trials.js';
import { expectNoViolation } from './no-violation.js';
import { playLive } from './play-live.js';
import { reported, runOptions } from './run-options.js';

const { only, seed: first, count, kind } = runOptions();
/** A minute of faults is a round; in every run of the suite it is a short one. */
const STORM_MS = count === null ? 6_000 : 60_000;
/** For starting, mending and judging. */
const AROUND_MS = 300_000;
const seed = first ?? Math.floor(Math.random() * 2 ** 30);
const SEEDS = Array.from({ length: count ?? 1 }, (_, index) => seed + index);

describe(`all trials side by side on three ${kind} servers`, () => {
  it.each(SEEDS)(
    'seed %i breaks no promise',
    async (each) => {
      const lays = await LAYS.allowed();
      const lay = lays[each % lays.length] as NamedLay;
      const trials = [...(await allTrials(only)).values()].map((newTrial) => newTrial());
      const reports = await playLive({ trials, seed: each, stormMs: STORM_MS, kind, lay });
      for (const report of reports) reported('live', report);
      expectNoViolation(reports);
      for (const { name, operations } of reports) expect(operations, name).toBeGreaterThan(0);
    },
    STORM_MS + AROUND_MS,
  );
});
