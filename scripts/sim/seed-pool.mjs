// Threads that play seeds, each under the eyes of a watchdog.
import { clearTimeout, setTimeout } from 'node:timers';
import { Worker } from 'node:worker_threads';

/**
 * What a thread has to tell of a seed. `story` is null when nothing was violated.
 * @typedef {object} SeedResult
 * @property {number} seed
 * @property {number} virtualMs
 * @property {[what: string, times: number][]} tally
 * @property {string | null} story
 * @property {string[]} lines
 */

/**
 * @typedef {object} PoolOptions
 * @property {number} workers
 * @property {URL} script of a thread: it is sent seeds, and answers each with a SeedResult; a null means that it still works
 * @property {unknown} workerData for each of them
 * @property {number} seedMaxMs a seed that takes longer will not end: its thread is given up
 * @property {() => number | null} nextSeed null when there are no more
 * @property {(result: SeedResult) => void} played
 */

/**
 * Plays seeds until there are no more.
 * @param {PoolOptions} options
 */
export async function playSeeds(options) {
  await Promise.all(Array.from({ length: options.workers }, () => playInThreads(options)));
}

/**
 * One thread after the other: who hangs or falls over is replaced.
 * @param {PoolOptions} options
 */
async function playInThreads(options) {
  const { script, workerData, nextSeed, played } = options;
  let worker = new Worker(script, { workerData });
  for (let seed = nextSeed(); seed !== null; seed = nextSeed()) {
    const result = await play(worker, seed, options.seedMaxMs);
    played(typeof result === 'string' ? failure(seed, result) : result);
    if (typeof result !== 'string') continue;
    await worker.terminate();
    worker = new Worker(script, { workerData });
  }
  await worker.terminate();
}

/**
 * @param {Worker} worker
 * @param {number} seed
 * @param {number} maxMs
 * @returns {Promise<SeedResult | string>} why there is no result
 */
function play(worker, seed, maxMs) {
  return new Promise((resolve) => {
    /** @param {SeedResult | string | null} outcome */
    const settle = (outcome) => {
      timer.refresh();
      if (outcome === null) return;
      clearTimeout(timer);
      worker.off('message', settle).off('error', fell).off('exit', ended);
      resolve(outcome);
    };
    /** @param {unknown} error */
    const fell = (error) =>
      settle(`its thread fell over: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    /** @param {number} code */
    const ended = (code) => settle(`its thread ended with ${code}`);
    const timer = setTimeout(() => settle(`it has not ended after ${maxMs} ms`), maxMs);
    worker.on('message', settle).on('error', fell).on('exit', ended);
    worker.postMessage(seed);
  });
}

/**
 * @param {number} seed
 * @param {string} why
 * @returns {SeedResult}
 */
function failure(seed, why) {
  return { seed, virtualMs: 0, tally: [], story: `seed ${seed}: ${why}`, lines: [] };
}
