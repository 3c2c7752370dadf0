// `npm run test:recipes`: plays the trials of the recipes, in the simulator and on real servers, and prints what came of them.
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { readArguments, refuse, wholeNumber } from './command-line.mjs';
import { buildIfStale, projectRoot } from './dist-state.mjs';
import { playTrials } from './recipes/play-trials.mjs';
import { tableOf } from './recipes/trial-table.mjs';

/** @typedef {import('./recipes/play-trials.mjs').Job} Job */

const COMMAND = 'test:recipes';
const USAGE = `usage: npm run test:recipes -- [options]

Plays the trials of the recipes: people who use a recipe while everything breaks, held to what it promises. Each trial is
played in simulated worlds of three servers, one a seed, where everything fails that the simulator can make fail; then all
of them side by side on three real servers, while these are killed, stopped, frozen and cut off, in rounds of a minute (to
start, to come to an end and to be judged comes on top of it). Ends with a table with a row a recipe.

  --seeds N         simulated worlds a recipe (default 10; 0 with --ensemble apache)
  --seconds T       how long things break in each of them (default 60)
  --minutes M       rounds on real servers (default 5)
  --ensemble WHICH  pinfold or apache: what the real servers are (default pinfold)
  --only NAMES      these recipes only, such as InterProcessMutex,LeaderLatch
  --seed S          the first seed (default 1 in the simulator, random on real servers)
  --workers W       processes at a time in the simulator (default ${availableParallelism()}, one a processor)
  --help            print this

Exit status: 0 no violation, 1 something was violated, 2 wrong arguments.`;

const ENDING = '.trial.ts';
/** To start a process takes seconds, a world three. */
const SEEDS_A_PROCESS = 50;

const values = readArguments({
  command: COMMAND,
  options: {
    seeds: { type: 'string' },
    seconds: { type: 'string' },
    minutes: { type: 'string', default: '5' },
    ensemble: { type: 'string', default: 'pinfold' },
    only: { type: 'string' },
    seed: { type: 'string' },
    workers: { type: 'string', default: String(availableParallelism()) },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(USAGE);
else await main();

async function main() {
  const ensemble = ensembleNamed(values.ensemble);
  const trials = trialsNamed(values.only);
  const seeds = number('seeds', values.seeds ?? (ensemble === 'apache' ? '0' : '10'), 0);
  const seconds = values.seconds === undefined ? null : number('seconds', values.seconds, 1);
  const minutes = number('minutes', values.minutes, 0);
  const workers = number('workers', values.workers, 1);
  const seed = values.seed === undefined ? null : number('seed', values.seed, 0);
  /** @type {import('./recipes/trial-table.mjs').TrialLine[]} */
  const lines = [];
  /** @type {string[]} */
  const failures = [];

  /** @param {Job} job */
  const play = async (job) => {
    const played = await playTrials(job);
    lines.push(...played.lines);
    if (played.failure !== null) failures.push(played.failure);
    for (const { story } of played.lines) if (story !== null) console.log(`${story}\n`);
    const what = job.trials.length === 1 ? job.trials.join() : `${job.trials.length} trials`;
    console.log(`${what}: ${job.count} ${job.where === 'live' ? `rounds on ${ensemble}` : 'simulated worlds'} played`);
  };

  if (minutes > 0) buildIfStale();
  const jobs = simulatedJobs(trials, { seeds, seconds, first: seed ?? 1, ensemble });
  const work = async () => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) await play(job);
  };
  await Promise.all(Array.from({ length: workers }, work));
  if (minutes > 0) await play({ where: 'live', trials, seed, count: minutes, ensemble });

  for (const failure of failures) console.log(failure);
  console.log(`\n${tableOf(lines)}`);
  process.exitCode = failures.length > 0 || lines.some(({ violations }) => violations.length > 0) ? 1 : 0;
}

/**
 * @param {string[]} trials
 * @param {{ seeds: number, seconds: number | null, first: number, ensemble: Job['ensemble'] }} options
 * @returns {Job[]}
 */
function simulatedJobs(trials, { seeds, seconds, first, ensemble }) {
  const parts = Array.from({ length: Math.ceil(seeds / SEEDS_A_PROCESS) }, (_, part) => part * SEEDS_A_PROCESS);
  return parts.flatMap((done) =>
    trials.map((trial) => {
      const count = Math.min(SEEDS_A_PROCESS, seeds - done);
      return {
        where: /** @type {const} */ ('simulated'),
        trials: [trial],
        seed: first + done,
        count,
        seconds,
        ensemble,
      };
    }),
  );
}

/**
 * @param {string} text
 * @returns {Job['ensemble']}
 */
function ensembleNamed(text) {
  if (text === 'pinfold' || text === 'apache') return text;
  return refuse(COMMAND, `--ensemble is ${JSON.stringify(text)}; it must be pinfold or apache`);
}

/**
 * The files of these recipes, without their ending.
 * @param {string | undefined} text
 */
function trialsNamed(text) {
  const files = readdirSync(`${projectRoot}/test/recipes/trials`).filter((name) => name.endsWith(ENDING));
  const all = files.map((file) => file.slice(0, -ENDING.length)).sort();
  if (text === undefined) return all;
  return text.split(',').map((name) => {
    const found = all.find((trial) => plain(trial) === plain(name));
    return found ?? refuse(COMMAND, `--only names ${JSON.stringify(name)}; there are ${all.map(pascal).join(', ')}`);
  });
}

/** @param {string} name */
function plain(name) {
  return name.replaceAll('-', '').toLowerCase();
}

/** @param {string} name */
function pascal(name) {
  return name.replace(/(?:^|-)([a-z])/g, (_, letter) => String(letter).toUpperCase());
}

/**
 * @param {string} name
 * @param {string} text
 * @param {number} min
 */
function number(name, text, min) {
  return wholeNumber(COMMAND, { name, text, min });
}
