// Has the tests of test/recipes/trials played in processes of their own, and gathers what they report.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { projectRoot } from '../dist-state.mjs';

/** @typedef {import('./trial-table.mjs').TrialLine} TrialLine */

/**
 * Some worlds of some trials.
 * @typedef {object} Job
 * @property {'simulated' | 'live'} where
 * @property {string[]} trials their files, without the ending
 * @property {number | null} seed the first one; null: chance decides
 * @property {number} count
 * @property {number | null} [seconds] how long things break in a simulated world; null: as long as by default
 * @property {'pinfold' | 'apache'} ensemble
 */

const FILES = { simulated: 'trials.test.ts', live: 'live-trials.test.ts' };
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');

/**
 * What a process had to tell; `failure` when it failed and no trial has said why.
 * @param {Job} job
 * @returns {Promise<{ lines: TrialLine[], failure: string | null }>}
 */
export async function playTrials({ where, trials, seed, count, seconds = null, ensemble }) {
  const home = mkdtempSync(join(tmpdir(), 'pinfold-trials-'));
  const reports = join(home, 'reports');
  const env = {
    ...process.env,
    TRIALS_REPORTS: reports,
    TRIALS_ONLY: trials.join(),
    TRIALS_COUNT: String(count),
    TRIALS_ENSEMBLE: ensemble,
    ...(seed !== null && { TRIALS_SEED: String(seed) }),
    ...(seconds !== null && { TRIALS_SECONDS: String(seconds) }),
  };
  try {
    const { ended, said } = await run([vitest, 'run', '--reporter=dot', `test/recipes/trials/${FILES[where]}`], env);
    const text = existsSync(reports) ? readFileSync(reports, 'utf8') : '';
    const lines = text
      .split('\n')
      .filter(Boolean)
      .map((line) => /** @type {TrialLine} */ (JSON.parse(line)));
    const isExplained = lines.some(({ violations }) => violations.length > 0);
    return { lines, failure: ended === 0 || isExplained ? null : said };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/**
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ ended: number | null, said: string }>}
 */
function run(args, env) {
  return new Promise((resolve, reject) => {
    let said = '';
    const child = spawn(process.execPath, args, { cwd: projectRoot, env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => (said += text));
    }
    child.once('error', reject).once('close', (ended) => resolve({ ended, said }));
  });
}
