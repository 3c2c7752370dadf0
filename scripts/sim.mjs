// `npm run sim`: runs simulated worlds, one a seed, and tells what happened in them.
import { availableParallelism } from 'node:os';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { readArguments, wholeNumber } from './command-line.mjs';
import { buildIfStale, projectRoot } from './dist-state.mjs';

const USAGE = `usage: npm run sim -- [--seeds N] [--from S] [--workers W] [--verbose]

Runs N simulated worlds, of the seeds S, S+1, ...: the server and clients of production in virtual time, with
crashes, torn writes, lost replies, stalls and more. Ends with a table of what happened in them.

  --seeds N     how many worlds (default 100)
  --from S      the first seed (default 1)
  --workers W   how many at a time (default ${workersDefault()}, one a processor)
  --verbose     print every event of every world; for replaying one seed
  --help        print this

Exit status: 0 no violation, 1 something was violated, 2 wrong arguments.`;

/** After so many failed seeds more would teach nothing. */
const FAILURES_MAX = 5;
const PROGRESS_MS = 5000;

function workersDefault() {
  return Math.min(availableParallelism(), 8);
}

/** One worker: plays the seeds it is given, one after the other. */
async function work() {
  // Thousands of errors are made and few are looked at.
  Error.stackTraceLimit = 6;
  const { simulate, storyOf, lineOf } = await import(`${projectRoot}/dist/testing/sim/index.js`);
  parentPort?.on('message', async (/** @type {number} */ seed) => {
    const result = await simulate({ seed });
    parentPort?.postMessage({
      seed,
      virtualMs: result.virtualMs,
      tally: result.tally.entries(),
      story: result.violations.length === 0 ? null : storyOf(result),
      lines: workerData.verbose ? result.events.map(lineOf) : [],
    });
  });
}

/** @param {{ seeds: number, from: number, workers: number, verbose: boolean }} options */
async function main({ seeds, from, workers, verbose }) {
  const { Tally } = await import(`${projectRoot}/dist/testing/sim/index.js`);
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

  const one = () =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL(import.meta.url), { workerData: { verbose } });
      const feed = () => {
        if (next < end && failed < FAILURES_MAX) worker.postMessage(next++);
        else void worker.terminate().then(resolve);
      };
      worker.on('error', reject);
      worker.on('message', (result) => {
        done += 1;
        virtualMs += result.virtualMs;
        total.add(result.tally);
        for (const line of result.lines) console.log(line);
        if (result.story !== null) {
          failed += 1;
          console.log(`\n${result.story}\n`);
        }
        feed();
      });
      feed();
    });
  await Promise.all(Array.from({ length: Math.min(workers, seeds) }, one));
  clearInterval(progress);

  const width = Math.max(0, ...total.entries().map((/** @type {[string, number]} */ [what]) => what.length));
  for (const [what, times] of total.entries()) console.log(`${what.padEnd(width)} ${String(times).padStart(10)}`);
  console.log(
    `\n${done} seeds (${from} to ${next - 1}), ${(virtualMs / 3_600_000).toFixed(2)} virtual hours in ` +
      `${seconds().toFixed(1)} s with ${Math.min(workers, seeds)} workers`,
  );
  console.log(failed === 0 ? 'no violation' : `${failed} seeds failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

if (isMainThread) {
  const { seeds, from, workers, verbose, help } = readArguments({
    command: 'sim',
    options: {
      seeds: { type: 'string', default: '100' },
      from: { type: 'string', default: '1' },
      workers: { type: 'string', default: String(workersDefault()) },
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
    };
    buildIfStale();
    await main(options);
  }
} else {
  await work();
}
