// `npm run herd`: how many are woken when one can go on, of pinfold's recipes and of Curator's.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { replaceBetween, textBetween } from '../bench/report/markers.mjs';
import { readArguments, refuse, wholeNumber } from './command-line.mjs';
import { buildIfStale, projectRoot } from './dist-state.mjs';
import { herdTable, herdTableWith } from './recipes/herd-table.mjs';

/** @typedef {import('./recipes/herd-table.mjs').HerdResult} HerdResult */

const COMMAND = 'herd';
const PAGE = 'docs/herd.md';
const WAITERS = '10,100,1000';
const USAGE = `usage: npm run herd -- [options]

For each recipe, lets a crowd wait on three servers, each member with a session of its own, and counts the watch events that
servers send and the requests that clients make when one can go on: a release, a hand-over, an item. Curator's figures stand
beside where Debian's package libcurator-recipes-java and a Java compiler are installed. Takes about ten minutes.

  --waiters LIST   how many wait (default ${WAITERS})
  --only CASES     some of the cases only, such as mutex,queue
  --alone          without Curator
  --markdown       put the table into ${PAGE}; with --only or --waiters, those rows of it. Not with --alone
  --help           print this

Exit status: 0 every bound is kept, 1 one is not, 2 wrong arguments.`;

const values = readArguments({
  command: COMMAND,
  options: {
    waiters: { type: 'string' },
    only: { type: 'string' },
    alone: { type: 'boolean', default: false },
    markdown: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(USAGE);
else await main();

async function main() {
  if (values.markdown && values.alone) {
    refuse(COMMAND, `--markdown is not for --alone: the table in ${PAGE} has Curator's figures as well`);
  }
  const waiters = (values.waiters ?? WAITERS)
    .split(',')
    .map((text) => wholeNumber(COMMAND, { name: 'waiters', text, min: 2 }));
  buildIfStale();
  const home = mkdtempSync(join(tmpdir(), 'pinfold-herd-'));
  try {
    const reports = join(home, 'reports');
    process.exitCode = await measured({
      HERD_WAITERS: waiters.join(),
      HERD_CURATOR: values.alone ? 'no' : 'yes',
      HERD_REPORTS: reports,
      ...(values.only !== undefined && { HERD_ONLY: values.only }),
    });
    const table = herdTable(resultsIn(reports));
    console.log(`\n${table}`);
    if (values.markdown && process.exitCode === 0) put(resultsIn(reports));
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/**
 * What was not measured stays as it is.
 * @param {readonly HerdResult[]} results
 */
function put(results) {
  const page = join(projectRoot, PAGE);
  const isAll = values.only === undefined && values.waiters === undefined;
  const table = isAll ? herdTable(results) : herdTableWith(results, textBetween(page, COMMAND));
  replaceBetween(page, COMMAND, table);
}

/**
 * @param {string} file
 * @returns {HerdResult[]}
 */
function resultsIn(file) {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line));
}

/**
 * @param {Readonly<Record<string, string>>} env
 * @returns {Promise<number>} its exit status
 */
function measured(env) {
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
  const args = [vitest, 'run', '--disableConsoleIntercept=true', 'test/recipes/herd/herd.test.ts'];
  const child = spawn(process.execPath, args, { cwd: projectRoot, env: { ...process.env, ...env }, stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (status) => resolve(status === 0 ? 0 : 1));
  });
}
