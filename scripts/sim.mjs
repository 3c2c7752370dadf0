// `npm run sim`: runs simulated worlds, one a seed, and tells what happened in them.
import { availableParallelism } from 'node:os';
import { readArguments, refuse, wholeNumber } from './command-line.mjs';
import { buildIfStale, projectRoot } from './dist-state.mjs';
import { playSeeds } from './sim/seed-pool.mjs';

/** @typedef {import('../src/testing/sim/faults.js').FaultName} FaultName */
/** @typedef {Omit<import('../src/testing/sim/index.js').SimulateOptions, 'seed'>} World */
/** @typedef {{ seeds: number, from: number, workers: number, verbose: boolean, shrinks: boolean, world: World }} Options */

const USAGE = `usage: npm run sim -- [--seeds N] [--from S] [--workers W] [--servers WHICH] [--faults LIST] [--verbose]

Runs N simulated worlds, of the seeds S, S+1, ...: servers and clients of production in virtual time, with partitions,
crashes, torn writes, lost replies, stalls and more. Ends with a table of what happened in them. Of a world that fails a
shorter one is looked for that fails alike.

  --seeds N        how many worlds (default 100)
  --from S         the first seed (default 1)
  --workers W      how many at a time (default ${workersDefault()}, one a processor)
  --faults LIST    only these go wrong, such as "reply lost,disk full", or none; by default each seed chooses
  --servers WHICH  one or several: only worlds of one server, or only ensembles; by default each seed chooses
  --cut CUTS       leaves something out of a world, as the story of a failure says
  --whole          look for no shorter world
  --verbose        print every event of every world; for replaying one seed
  --help           print this

Exit status: 0 no violation, 1 something was violated, 2 wrong arguments.`;

/** After so many failed seeds more would teach nothing. */
const FAILURES_MAX = 5;
const PROGRESS_MS = 5000;
/** A seed takes a second or so: whoever takes this long will not end. */
const SEED_MAX_MS = 60_000;

function workersDefault() {
  return Math.min(availableParallelism(), 8);
}

/** @returns {Promise<typeof import('../src/testing/sim/index.js')>} */
function simulator() {
  return import(`${projectRoot}/dist/testing/sim/index.js`);
}

/**
 * @param {string} text
 * @returns {Promise<FaultName[]>}
 */
async function faultsIn(text) {
  const { faultsOf, FAULT_NAMES } = await simulator();
  const faults = faultsOf(text);
  if (faults !== null) return faults;
  const all = FAULT_NAMES.join(', ');
  return refuse('sim', `--faults is ${JSON.stringify(text)}; it must be none or some of: ${all}`);
}

/**
 * @param {{ faults: string | undefined, servers: string | undefined, cut: string | undefined }} texts
 * @returns {Promise<World>}
 */
async function worldOf({ faults, servers, cut }) {
  const { cutsOf } = await simulator();
  if (servers !== undefined && servers !== 'one' && servers !== 'several') {
    return refuse('sim', `--servers is ${JSON.stringify(servers)}; it must be one or several`);
  }
  const cuts = cut === undefined ? {} : cutsOf(cut);
  if (cuts === null)
    return refuse('sim', `--cut is ${JSON.stringify(cut)}; it must be as the story of a failure has it`);
  return {
    cuts,
    ...(faults === undefined ? {} : { faults: await faultsIn(faults) }),
    ...(servers === undefined ? {} : { servers }),
  };
}

/** @param {Options} options */
async function main({ seeds, from, workers, verbose, shrinks, world }) {
  const { Tally } = await simulator();
  const total = new Tally();
  const startMs = performance.now();
  const end = from + seeds;
  let next = from;
  let done = 0;
  let failed = 0;
  let virtualMs = 0;
  const seconds = () => (performance.now() - startMs) / 1000;
  const progress = setInterval(() => {
    console.log(`${done} of ${seeds} seeds, ${(done / seconds()).toFixed(1)} seeds/s, ${failed} failed`);
  }, PROGRESS_MS);
  await playSeeds({
    workers: Math.min(workers, seeds),
    script: new URL('./sim/worker.mjs', import.meta.url),
    workerData: { verbose, shrinks, options: world },
    seedMaxMs: SEED_MAX_MS,
    nextSeed: () => (next < end && failed < FAILURES_MAX ? next++ : null),
    played: (result) => {
      done += 1;
      virtualMs += result.virtualMs;
      total.add(result.tally);
      for (const line of result.lines) console.log(line);
      if (result.story === null) return;
      failed += 1;
      console.log(`\n${result.story}\n`);
    },
  });
  clearInterval(progress);

  const width = Math.max(0, ...total.entries().map(([what]) => what.length));
  for (const [what, times] of total.entries()) console.log(`${what.padEnd(width)} ${String(times).padStart(10)}`);
  console.log(
    `\n${done} seeds (${from} to ${next - 1}), ${(virtualMs / 3_600_000).toFixed(2)} virtual hours in ` +
      `${seconds().toFixed(1)} s with ${Math.min(workers, seeds)} workers`,
  );
  console.log(failed === 0 ? 'no violation' : `${failed} seeds failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

const { seeds, from, workers, verbose, help, faults, servers, cut, whole } = readArguments({
  command: 'sim',
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    workers: { type: 'string', default: String(workersDefault()) },
    faults: { type: 'string' },
    servers: { type: 'string' },
    cut: { type: 'string' },
    whole: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (help) {
  console.log(USAGE);
} else {
  const options = {
    seeds: wholeNumber('sim', { name: 'seeds', text: seeds, min: 1 }),
    from: wholeNumber('sim', { name: 'from', text: from, min: 0 }),
    workers: wholeNumber('sim', { name: 'workers', text: workers, min: 1 }),
    verbose,
    shrinks: !whole && cut === undefined,
  };
  buildIfStale();
  await main({ ...options, world: await worldOf({ faults, servers, cut }) });
}
