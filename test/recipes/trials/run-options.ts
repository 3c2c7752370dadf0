import { appendFileSync } from 'node:fs';
import type { MemberKind } from '../../ensemble/support/member-kinds.js';
import type { TrialReport } from './report.js';

/** What `npm run test:recipes` asks of the tests of this folder; without it they are short. */
export interface RunOptions {
  /** Of recipes; null: all. */
  readonly only: readonly string[] | null;
  readonly seed: number | null;
  /** How many from there on. */
  readonly count: number | null;
  /** How long things break in each simulated world, s; null: as long as they do there by default. */
  readonly seconds: number | null;
  readonly kind: MemberKind;
}

/** A file to which each report is added, as a line of JSON. */
const REPORTS = 'TRIALS_REPORTS';

export function runOptions(): RunOptions {
  return {
    only: process.env['TRIALS_ONLY']?.split(',') ?? null,
    seed: numberFrom('TRIALS_SEED'),
    count: numberFrom('TRIALS_COUNT'),
    seconds: numberFrom('TRIALS_SECONDS'),
    kind: process.env['TRIALS_ENSEMBLE'] === 'apache' ? 'apache' : 'pinfold',
  };
}

/** For the table of `npm run test:recipes`. */
export function reported(where: 'simulated' | 'live', report: TrialReport): void {
  const file = process.env[REPORTS];
  if (file === undefined) return;
  appendFileSync(file, `${JSON.stringify({ where, ...report, counted: report.counted.entries() })}\n`);
}

function numberFrom(variable: string): number | null {
  const text = process.env[variable];
  return text === undefined ? null : Number(text);
}
