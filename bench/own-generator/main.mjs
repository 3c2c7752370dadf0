// The project's own load generator, for machines where zkload cannot be had: the same loads, the same options, the same
// JSON. It checks every answer, but being a program of Node.js it takes more of the machine from the server than zkload.
// Exit status: 0 a clean run; 3 it ran, but something was wrong; 2 it could not run; 1 usage.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseLoad, serverOf } from './arguments.mjs';
import { ClosedLoop } from './closed-loop.mjs';
import { fanOut } from './fan-out.mjs';
import { furnish } from './furnish.mjs';
import { idle } from './idle.mjs';
import { LockContest } from './lock-contest.mjs';
import { Session } from './session.mjs';
import { sessionCycles } from './session-cycles.mjs';
import { Tally } from './tally.mjs';
import { takeUsage, usedBetween } from './usage.mjs';

/** @import { LoadOptions } from './arguments.mjs' */
/** @import { Load, Mode, Stage } from './mode.mjs' */

const TICK_MS = 100;
const WIND_DOWN_MS = 5_000;
const PATIENCE_MS = 15_000;
const CONNECT_PARALLEL = 64;
/** @type {Record<Exclude<LoadOptions['mode'], 'populate'>, (load: Load) => Mode>} */
const modes = {
  run: (load) => new ClosedLoop(load),
  fanout: fanOut,
  session: sessionCycles,
  lock: (load) => new LockContest(load),
  idle,
};

/** @type {LoadOptions} */
let options;
try {
  options = parseLoad(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
const tally = new Tally();
const result = options.mode === 'populate' ? await populate() : await runMode(options.mode);
console.log(
  JSON.stringify({ tool: 'pinfold-bench', mode: options.mode, ok: tally.isClean, ...result, ...tally.toJSON() }),
);
// Sessions that only ping may have had nothing to say in a short time.
process.exit(tally.isClean && (result.ops > 0 || options.mode === 'idle') ? 0 : 3);

async function populate() {
  const before = takeUsage(options.pids);
  const { seconds } = await furnish(options, tally, { folders: [], keys: options.keys });
  const used = usedBetween(before, takeUsage(options.pids), options.keys);
  return { ops: options.keys, seconds, creates_per_s: options.keys / seconds, ...used };
}

/** @param {keyof typeof modes} name */
async function runMode(name) {
  /** @type {Stage} */
  const stage = { running: false, measuring: false };
  const mode = modes[name]({ options, tally, stage });
  if (name !== 'idle' && !options.furnished) await furnish(options, tally, mode.needs);
  if (!tally.isClean) return { ops: 0 };
  const sessions = await openSessions(mode);
  const ticking = setInterval(() => {
    for (const session of sessions) session.tick(performance.now());
  }, TICK_MS);

  stage.running = true;
  mode.begin(sessions);
  await sleep(options.warmup * 1e3);
  const before = takeUsage(options.pids);
  mode.measure?.();
  stage.measuring = true;
  await sleep(options.seconds * 1e3);
  // A short time on a machine that is busy elsewhere may see no answer: then the time is longer.
  const givenUpMs = before.ms + options.seconds * 1e3 + PATIENCE_MS;
  while (name !== 'idle' && tally.isClean && mode.figures().ops === 0 && performance.now() < givenUpMs) await sleep(10);
  stage.measuring = false;
  const after = takeUsage(options.pids);

  stage.running = false;
  const figures = mode.figures();
  await Promise.race([Promise.all(sessions.map((session) => session.close())), sleep(WIND_DOWN_MS)]);
  clearInterval(ticking);
  const seconds = (after.ms - before.ms) / 1e3;
  return { ...figures, seconds, ops_per_s: figures.ops / seconds, ...usedBetween(before, after, figures.ops) };
}

/** @param {Mode} mode */
async function openSessions(mode) {
  const sessions = Array.from({ length: mode.sessions }, (_, index) => {
    return new Session(serverOf(options, index), tally, mode.handlers);
  });
  for (let from = 0; from < sessions.length; from += CONNECT_PARALLEL) {
    await Promise.all(sessions.slice(from, from + CONNECT_PARALLEL).map((session) => session.open()));
  }
  return sessions;
}
