import type { Tally } from '../../../src/testing/sim/tally.js';

/** What came of one trial in one world. */
export interface TrialReport {
  /** Of the trial. */
  readonly name: string;
  readonly faults: number;
  readonly operations: number;
  /** One line each. */
  readonly violations: readonly string[];
  readonly counted: Tally;
  /** What happened, and how to see it again; null when nothing was violated. */
  readonly story: string | null;
  /** The command that plays it again. */
  readonly replay: string;
}

/** The command that plays it again. `--only` takes names as files have them. */
export function replayOf(name: string, options: string): string {
  return `npm run test:recipes -- --only ${name.replaceAll(/[^A-Za-z]/g, '')} ${options}`;
}

/** Everything that a trial counted but the errors. */
export function operationsIn(counted: Tally): number {
  return counted.entries().reduce((sum, [what, times]) => sum + (what.startsWith('error') ? 0 : times), 0);
}
