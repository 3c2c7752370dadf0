import { describe, expect, it } from 'vitest';
import { runSize } from '../support/run-size.js';
import { figuresOf } from './support/figures.js';
import { LAYS, type NamedLay } from './support/lays.js';
import type { MemberKind } from './support/member-kinds.js';
import type { RoundReport } from './support/round.js';
import { playRound } from './support/round.js';

const { count, seed, isLong } = runSize('ENSEMBLE', 1);
/** A minute of faults is a round; in every run of the suite it is a short one. */
const STORM_MS = isLong ? 60_000 : 10_000;
/** For starting, mending and looking. */
const AROUND_MS = 300_000;
const KIND: MemberKind = process.env['ENSEMBLE_KIND'] === 'apache' ? 'apache' : 'pinfold';

describe(`an ensemble of real processes (seed ${seed})`, () => {
  it(
    'keeps its word while it is killed, frozen, cut into parts, and filled up',
    async () => {
      const lays = await LAYS.allowed();
      const reports: RoundReport[] = [];
      for (let round = 0; round < count; round++) {
        const lay = lays[(seed + round) % lays.length] as NamedLay;
        const report = await playRound({ seed: seed + round, stormMs: STORM_MS, kind: KIND, lay });
        reports.push(report);
        if (isLong) console.log(figuresOf([report]));
        if (report.violations.length > 0) break;
      }
      console.log(figuresOf(reports));
      const broken = reports.flatMap(({ violations }) => violations.map(({ rule, message }) => `${rule}: ${message}`));
      expect(broken, `npm run test:ensemble -- --minutes ${count} --seed ${seed}`).toEqual([]);
    },
    count * (STORM_MS + AROUND_MS),
  );
});
