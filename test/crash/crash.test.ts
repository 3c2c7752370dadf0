import { truncateSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runSize } from '../support/run-size.js';
import { CrashRun } from './support/crash-run.js';
import type { CrashReport } from './support/crash-run.js';
import { scanLogs } from './support/log-scan.js';

const KILL_TIMEOUT_MS = 30_000;
/** All writers' windows together are less. */
const IN_DOUBT_MAX = 150;
const { count, seed, isLong } = runSize('CRASH', 10);

describe(`a server that is killed (seed ${seed})`, () => {
  it(
    `loses nothing that it acknowledged, ${count} times`,
    async () => {
      const progress = (line: string): void => {
        if (isLong) console.log(line);
      };
      const report = await CrashRun.run({ kills: count, seed, progress });
      console.log(summaryOf(report));
      expect(report.faults, `npm run test:crash -- --kills ${count} --seed ${seed}`).toEqual([]);
    },
    60_000 + count * KILL_TIMEOUT_MS,
  );

  it('is caught when it has lost what it acknowledged', async () => {
    const outcome = CrashRun.run({ kills: 1, seed: 0, sabotage: cutLogs });
    // It may also notice by itself, and refuse to start; or a gap shows in its log, where a snapshot hid the loss from it.
    const faults = await outcome.then(
      (report) => report.faults,
      (error: Error) => [error.message],
    );
    expect(faults.join('\n')).toMatch(/ is missing|, should be |had acknowledged|transaction 0x\w+ follows/);
  });
});

/** Takes away more than can be in doubt. */
function cutLogs(directory: string): void {
  const { records } = scanLogs(directory);
  for (const { file, offset } of records.slice(-IN_DOUBT_MAX).reverse()) truncateSync(file, offset);
}

function summaryOf(report: CrashReport): string {
  const { kills, faults } = report;
  const total = Object.values(kills).reduce((sum, each) => sum + each, 0);
  const moments = Object.entries(kills).map(([moment, each]) => `${each} ${moment}`);
  return [
    `crash: ${faults.length === 0 ? 'nothing lost, digests agree' : 'NOT AS IT SHOULD BE'}`,
    `${total} kills (${moments.join(', ')})`,
    `${report.acknowledged} acknowledged writes, ${report.inDoubt} in doubt (${report.inDoubtDone} of them done)`,
    `${report.sessionsAbandoned} sessions abandoned, ${report.snapshots} snapshots`,
    `${report.digestsCompared} times three digests compared`,
    `start to serving at most ${Math.ceil(report.startMaxMs)} ms, seed ${seed}`,
  ].join('; ');
}
