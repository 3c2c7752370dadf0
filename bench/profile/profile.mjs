// --profile: the functions that pinfold's server spends its time in, under some of the loads.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { load } from '../generator.mjs';
import { say } from '../progress.mjs';
import { aligned } from '../report/table.mjs';
import { ensembleLoadRows } from '../rows/ensemble-rows.mjs';
import { loadRows } from '../rows/load-rows.mjs';
import { Ensemble } from '../servers/ensemble.mjs';
import { launch } from '../servers/launch.mjs';
import { selfTimes } from './self-time.mjs';

/** @import { Bench } from '../bench.mjs' */
/** @import { LoadResult, LoadRow } from '../rows/load-rows.mjs' */
/** @import { Product, Server, Target } from '../servers/server.mjs' */

/** What the thread is busiest with, and what is furthest from its goal. */
const LOADS = ['get1x1', 'get8x64', 'set8x64', 'mix8x64', 'createseq-delete8x64', 'fanout1000', 'sessions8'];
const ENSEMBLE_LOADS = ['ensemble-set1x1', 'ensemble-set8x64', 'ensemble-mix8x64'];
const TOP = 10;
const WARM_UP_SECONDS = 2;
const WRITTEN_WITHIN_MS = 10_000;

/**
 * @typedef {object} Profiled
 * @property {string} part that the server has; empty when it is alone
 * @property {Server} server
 *
 * @param {Bench} bench
 * @returns {Promise<string>} one table a load, of an ensemble two
 */
export async function profileLoads(bench) {
  const { rows } = bench.options;
  const chosen = (/** @type {readonly LoadRow[]} */ all, /** @type {readonly string[]} */ names) =>
    all.filter((row) => names.includes(row.id) && rows.includes(row));
  const product = profiled(bench.subject);
  /** @type {string[]} */
  const parts = [];
  const alone = chosen(loadRows, LOADS);
  if (alone.length > 0) {
    const server = await launch(product);
    for (const row of alone)
      parts.push(...(await profileOne(bench, row, { target: server, looked: [{ part: '', server }] })));
    await server.discard();
  }
  const onThree = chosen(ensembleLoadRows, ENSEMBLE_LOADS);
  if (onThree.length > 0) {
    const ensemble = await Ensemble.launch(product);
    const leader = await ensemble.leader();
    const looked = [{ part: 'the leader', server: leader }];
    const follower = ensemble.members.find((member) => member !== leader);
    if (follower !== undefined) looked.push({ part: 'a follower', server: follower });
    for (const row of onThree) parts.push(...(await profileOne(bench, row, { target: ensemble, looked })));
    await ensemble.discard();
  }
  return parts.join('\n\n');
}

/**
 * @param {Product} product
 * @returns {Product}
 */
function profiled(product) {
  return {
    ...product,
    command: (configFile) => {
      const { command, args } = product.command(configFile);
      const hook = ['--import', `${import.meta.dirname}/hook.mjs`];
      return { command, args: [...hook, ...args], env: { PINFOLD_BENCH_PROFILE: profileIn(dirname(configFile)) } };
    },
  };
}

/** @param {string} home of a server */
function profileIn(home) {
  return `${home}/server.cpuprofile`;
}

/**
 * @param {Bench} bench
 * @param {LoadRow} row
 * @param {{ target: Target, looked: readonly Profiled[] }} where
 */
async function profileOne({ generator, options, subject }, row, { target, looked }) {
  say(`profiling ${row.title}`);
  const seconds = options.quick ? options.seconds : Math.max(3, options.seconds);
  const timing = ['--seconds', `${seconds}`, '--warmup', '0', '--no-setup'];
  await load(generator, target, [...row.args, '--seconds', `${options.quick ? 0.2 : WARM_UP_SECONDS}`]);
  const signal = () => looked.forEach(({ server }) => process.kill(server.pid, 'SIGUSR2'));
  for (const { server } of looked) rmSync(profileIn(server.home), { force: true });
  signal();
  const result = await load(generator, target, [...row.args, ...timing]);
  signal();
  const tables = [];
  for (const { part, server } of looked) {
    const file = profileIn(server.home);
    await written(file);
    const times = selfTimes(JSON.parse(readFileSync(file, 'utf8')), subject.dist);
    tables.push(profileTable(part === '' ? row.title : `${row.title}, ${part}`, { times, result }));
  }
  return tables;
}

/** @param {string} file */
async function written(file) {
  const givenUpMs = performance.now() + WRITTEN_WITHIN_MS;
  while (!existsSync(file)) {
    if (performance.now() > givenUpMs) throw new Error('the server wrote no profile');
    await sleep(20);
  }
}

/**
 * @param {string} title
 * @param {{ times: ReturnType<typeof selfTimes>, result: LoadResult }} measured
 */
function profileTable(title, { times: { busy, shares }, result: { ops_per_s, server_us_per_op } }) {
  const percent = (/** @type {number} */ share) => `${(share * 100).toFixed(1)} %`;
  const rows = shares.slice(0, TOP).map(({ name, file, share }) => [percent(share), `\`${name}\``, file]);
  const rest = shares.slice(TOP).reduce((sum, { share }) => sum + share, 0);
  return [
    `**${title}**: the thread was busy for ${percent(busy)} of the time` +
      ` (${Math.round(ops_per_s).toLocaleString('en-GB')} ops/s, ${server_us_per_op.toFixed(2)} us of CPU each, all threads)`,
    aligned([
      ['self', 'function', 'where'],
      ...rows,
      [percent(rest), `${Math.max(0, shares.length - TOP)} others`, ''],
    ]),
  ].join('\n\n');
}
