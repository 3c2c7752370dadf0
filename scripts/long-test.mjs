// Runs a random test that is short in `npm test` at its full length: node scripts/long-test.mjs fuzz --count 5000 --seed 7
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { readArguments, refuse, wholeNumber } from './command-line.mjs';
import { buildIfStale, projectRoot } from './dist-state.mjs';

/**
 * What each run consists of; `variable` begins the names of what test/support/run-size.ts reads.
 * @typedef {{ name: string, variable: string, count: number, of: string, file: string }} Part
 * @type {Record<string, { command: string, title: string, count: string, needsBuild: boolean, parts: Part[] }>}
 */
const RUNS = {
  crash: {
    command: 'test:crash',
    title: 'Kills a real server at random moments of its writing, and looks at what is left.',
    count: 'kills',
    needsBuild: true,
    parts: [{ name: 'crash', variable: 'CRASH', count: 100, of: 'kills', file: 'test/crash/crash.test.ts' }],
  },
  ensemble: {
    command: 'test:ensemble',
    title:
      'Kills, freezes and cuts off the servers of real ensembles, in rounds. In each of them things are broken for a minute; ' +
      '\nto start, to mend and to look at what is left comes on top of it: half as much again.',
    count: 'minutes',
    needsBuild: true,
    parts: [{ name: 'ensemble', variable: 'ENSEMBLE', count: 30, of: 'minutes', file: 'test/ensemble/faults.test.ts' }],
  },
  fuzz: {
    command: 'fuzz',
    title: 'Sends damaged frames to a server, and damaged answers to a client.',
    count: 'count',
    needsBuild: false,
    parts: [
      { name: 'server', variable: 'FUZZ_SERVER', count: 1_000_000, of: 'frames', file: 'test/fuzz/server.test.ts' },
      { name: 'client', variable: 'FUZZ_CLIENT', count: 100_000, of: 'answers', file: 'test/fuzz/client.test.ts' },
    ],
  },
};

const [name = '', ...args] = process.argv.slice(2);
const run = RUNS[name];
if (run === undefined) throw new RangeError(`there is no run named "${name}": ${Object.keys(RUNS).join(', ')}`);
const { command, title, count: countName, needsBuild, parts } = run;
const names = parts.map((part) => part.name).join(', ');

/** @type {Record<string, string | boolean | undefined>} */
const values = readArguments({
  command,
  args,
  options: {
    [countName]: { type: 'string' },
    seed: { type: 'string' },
    ...(parts.length > 1 && { only: { type: 'string' } }),
    help: { type: 'boolean' },
  },
});
if (values['help'] === true) {
  const counts = parts.map((part) => `${part.count.toLocaleString('en')} ${part.of}`).join(', ');
  console.log(`usage: npm run ${command} -- [options]

${title}

  --${`${countName} N`.padEnd(12)} how many (${counts})
  --seed S       repeats the run of this seed (random)
${parts.length > 1 ? `  --only NAME    one part only: ${names}\n` : ''}  --help         print this

Exit status: 0 nothing found, 1 something found, 2 wrong arguments.`);
  process.exit(0);
}

const only = textOf('only');
const chosen = parts.filter((part) => part.name === (only ?? part.name));
if (chosen.length === 0) refuse(command, `--only is ${JSON.stringify(only)}; the parts are ${names}`);
const seed = numberOf('seed', 0) ?? Math.floor(Math.random() * 2 ** 30);
const count = numberOf(countName, 1);

if (needsBuild) buildIfStale();
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
let status = 0;
for (const part of chosen) {
  const wanted = count ?? part.count;
  console.log(`${part.name}: ${wanted} ${part.of}, seed ${seed}`);
  const { status: ended } = spawnSync(process.execPath, [vitest, 'run', '--disableConsoleIntercept=true', part.file], {
    stdio: 'inherit',
    cwd: projectRoot,
    env: { ...process.env, [`${part.variable}_COUNT`]: String(wanted), [`${part.variable}_SEED`]: String(seed) },
  });
  if (ended !== 0) status = 1;
}
process.exit(status);

/** @param {string} option */
function textOf(option) {
  const value = values[option];
  return typeof value === 'string' ? value : undefined;
}

/**
 * @param {string} option
 * @param {number} min
 */
function numberOf(option, min) {
  const text = textOf(option);
  return text === undefined ? undefined : wholeNumber(command, { name: option, text, min });
}
