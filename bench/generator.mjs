// What makes the load: zkload, a C program of its own project, where it is at hand; else the one in own-generator/.
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../scripts/dist-state.mjs';
import { cacheDir, run } from './processes.mjs';
import { say } from './progress.mjs';

/** @import { LoadResult } from './rows/load-rows.mjs' */
/** @import { Target } from './servers/server.mjs' */

/**
 * @typedef {object} Generator
 * @property {string} what for the reader of the figures
 * @property {string} command
 * @property {readonly string[]} args before those of a load
 */

const POPULATORS = 4;
const POPULATE_TIMEOUT_S = 1_200;

/** @type {Generator} */
const own = {
  what: "the project's own generator (Node.js, one process)",
  command: process.execPath,
  args: [`${projectRoot}/bench/own-generator/main.mjs`],
};

/**
 * @param {{ ownGenerator: boolean }} options
 * @returns {Promise<Generator>}
 */
export async function chooseGenerator({ ownGenerator }) {
  if (ownGenerator) return own;
  const named = process.env['ZKLOAD'];
  if (named !== undefined && named !== '') {
    if (!existsSync(named)) throw new Error(`$ZKLOAD names ${named}, which is not there`);
    return { what: `zkload (C, one thread), ${named}`, command: named, args: [] };
  }
  const folders = [process.env['PINFOLD_BENCH_SOURCES'], join(projectRoot, '..', 'shared', 'bench')];
  const source = folders.map((folder) => `${folder ?? ''}/zkload.c`).find((file) => existsSync(file));
  const binary = source === undefined ? null : await compiled(source);
  return binary === null ? own : { what: 'zkload (C, one thread)', command: binary, args: [] };
}

/**
 * @param {string} source
 * @returns {Promise<string | null>} null when there is no compiler
 */
async function compiled(source) {
  const binary = `${cacheDir}/zkload`;
  if (existsSync(binary) && statSync(binary).mtimeMs > statSync(source).mtimeMs) return binary;
  mkdirSync(cacheDir, { recursive: true });
  say('compiling zkload');
  const built = await run('cc', ['-O2', '-g', '-std=gnu11', '-o', binary, source]).catch(() => null);
  if (built?.status === 0) return binary;
  say(`zkload cannot be compiled here (${built?.stderr.split('\n')[0] ?? 'no cc'}): the own generator is used`);
  return null;
}

/** A load that was not answered rightly, or could not run: there is no figure for it. */
export class LoadFailed extends Error {}

/**
 * Runs one load against one server, or spread over the servers of one ensemble.
 * @param {Generator} generator
 * @param {Target} server
 * @param {readonly string[]} args
 * @returns {Promise<LoadResult>}
 */
export async function load(generator, server, args) {
  const target = ['--servers', server.connectString, '--pids', server.pids.join(','), '--json'];
  const { status, stdout, stderr } = await run(generator.command, [...generator.args, ...target, ...args]);
  if (status === 0) return JSON.parse(stdout);
  if (server.hasEnded()) throw new LoadFailed(`the server ended: ${server.logTail()}`);
  throw new LoadFailed(status === 3 ? whatWasWrong(JSON.parse(stdout)) : stderr.trim() || `status ${status}`);
}

/**
 * Makes nodes of 100 bytes, a thousand below each parent, by several generators at once: one alone waits for the disk.
 * @param {{ generator: Generator }} bench
 * @param {Target} server
 * @param {number} nodes
 */
export async function populate({ generator }, server, nodes) {
  say(`filling ${server.product.name} with ${nodes.toLocaleString('en-GB')} nodes`);
  const keys = nodes / POPULATORS;
  const what = ['--keys', `${keys}`, '--dirs', `${keys / 1000}`, '--setup-timeout', `${POPULATE_TIMEOUT_S}`];
  const places = Array.from({ length: POPULATORS }, (_, index) => `/nodes-${index}`);
  await Promise.all(places.map((place) => load(generator, server, ['--mode', 'populate', '--prefix', place, ...what])));
}

/** @param {Record<string, unknown>} result of a generator that says itself that its run was not clean */
function whatWasWrong(result) {
  const counts = [
    'errors',
    'lost',
    'timeouts',
    'reconnects',
    'connect_failures',
    'sessions_expired',
    'protocol_errors',
    'verify_errors',
    'zxid_regressions',
    'bad_events',
  ];
  const seen = counts.filter((name) => Number(result[name]) > 0).map((name) => `${String(result[name])} ${name}`);
  const codes = JSON.stringify(result['error_codes'] ?? {});
  const first = typeof result['first_problem'] === 'string' ? result['first_problem'] : '';
  return `${seen.join(', ') || 'nothing was answered'}${codes === '{}' ? '' : ` ${codes}`}${first && `: ${first}`}`;
}
