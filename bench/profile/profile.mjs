// --profile: the functions that pinfold's server spends its time in, under some of the loads.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { load } from '../generator.mjs';
import { runDir } from '../processes.mjs';
import { say } from '../progress.mjs';
import { loadRows } from '../rows/load-rows.mjs';
import { launch } from '../servers/launch.mjs';
import { aligned } from '../report/table.mjs';
import { selfTimes } from './self-time.mjs';

/** @import { Bench } from '../bench.mjs' */
/** @import { LoadRow } from '../rows/load-rows.mjs' */
/** @import { Server } from '../servers/launch.mjs' */

/** What the thread is busiest with, and what is furthest from its goal. */
const LOADS = ['get1x1', 'get8x64', 'set8x64', 'mix8x64', 'createseq-delete8x64', 'fanout1000', 'sessions8'];
const TOP = 10;
const WARM_UP_SECONDS = 2;
const WRITTEN_WITHIN_MS = 10_000;
const file = `${runDir}/server.cpuprofile`;

/**
 * @param {Bench} bench
 * @returns {Promise<string>} one table a load
 */
export async function profileLoads(bench) {
  const { subject } = bench;
  const server = await launch({
    ...subject,
    command: (configFile) => {
      const { command, args } = subject.command(configFile);
      const hook = ['--import', `${import.meta.dirname}/hook.mjs`];
      return { command, args: [...hook, ...args], env: { PINFOLD_BENCH_PROFILE: file } };
    },
  });
  const parts = [];
  for (const row of loadRows.filter(({ id }) => LOADS.includes(id))) {
    say(`profiling ${row.title}`);
    parts.push(await profileOne(bench, server, row));
  }
  await server.discard();
  return parts.join('\n\n');
}

/**
 * @param {Bench} bench
 * @param {Server} server
 * @param {LoadRow} row
 */
async function profileOne({ generator, options, subject }, server, row) {
  const seconds = options.quick ? options.seconds : Math.max(3, options.seconds);
  const timing = ['--seconds', `${seconds}`, '--warmup', '0', '--no-setup'];
  await load(generator, server, [...row.args, '--seconds', `${options.quick ? 0.2 : WARM_UP_SECONDS}`]);
  rmSync(file, { force: true });
  process.kill(server.pid, 'SIGUSR2');
  const { ops_per_s, server_us_per_op } = await load(generator, server, [...row.args, ...timing]);
  process.kill(server.pid, 'SIGUSR2');
  const givenUpMs = performance.now() + WRITTEN_WITHIN_MS;
  while (!existsSync(file)) {
    if (performance.now() > givenUpMs) throw new Error('the server wrote no profile');
    await sleep(20);
  }
  const { busy, shares } = selfTimes(JSON.parse(readFileSync(file, 'utf8')), subject.dist);
  const percent = (/** @type {number} */ share) => `${(share * 100).toFixed(1)} %`;
  const rows = shares.slice(0, TOP).map(({ name, file, share }) => [percent(share), `\`${name}\``, file]);
  const rest = shares.slice(TOP).reduce((sum, { share }) => sum + share, 0);
  return [
    `**${row.title}**: the thread was busy for ${percent(busy)} of the time` +
      ` (${Math.round(ops_per_s).toLocaleString('en-GB')} ops/s, ${server_us_per_op.toFixed(2)} us of CPU each, all threads)`,
    aligned([
      ['self', 'function', 'where'],
      ...rows,
      [percent(rest), `${Math.max(0, shares.length - TOP)} others`, ''],
    ]),
  ].join('\n\n');
}
