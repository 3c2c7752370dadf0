// The command line of `npm run bench`: what is measured, how often, and where the figures go.
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { APART, faultOf, partOf } from './report/markers.mjs';
import { rowsNamed, rowNames } from './rows/rows.mjs';

/** @import { Row } from './rows/rows.mjs' */

/** A command line that makes no sense; the message is one line for the person who typed it. */
export class UsageError extends Error {}

/**
 * @typedef {object} Options
 * @property {number} rounds how often each row is measured on each server
 * @property {number} seconds how long a load runs, after its warm-up
 * @property {boolean} quick one short round without the rows that need minutes
 * @property {readonly Row[]} rows
 * @property {string | null} dist folder of a compiled pinfold; null: this project's own
 * @property {string | null} baseline folder of a compiled pinfold to compare with; null: Apache ZooKeeper
 * @property {boolean} alone compare with nothing
 * @property {boolean} ownGenerator whether to leave zkload aside although it is at hand
 * @property {boolean} profile
 * @property {string | null} json
 * @property {string | null} markdown
 */

/** @type {import('node:util').ParseArgsConfig['options'] & {}} */
const flags = {
  rounds: { type: 'string' },
  seconds: { type: 'string' },
  rows: { type: 'string' },
  quick: { type: 'boolean' },
  dist: { type: 'string' },
  baseline: { type: 'string' },
  alone: { type: 'boolean' },
  'own-generator': { type: 'boolean' },
  profile: { type: 'boolean' },
  json: { type: 'string' },
  markdown: { type: 'string' },
  help: { type: 'boolean' },
};

export const help = `npm run bench -- [options]

Measures pinfold and, where Debian's Apache ZooKeeper is installed, Apache on the same loads, taking turns in one run.

  --rounds N        turns each server takes at each row [5; of a million nodes: at most 3; leaders killed: 20]
  --seconds S       length of one load [2]
  --rows a,b        only these rows or groups [all but ensemble and hand-over, which are runs of their own]
  --quick           one round of 0.3 s without the rows that take minutes: shows that it works, measures nothing
  --dist DIR        a compiled pinfold to measure [dist, built when it is older than the sources]
  --baseline DIR    compare with this compiled pinfold instead of Apache
  --alone           compare with nothing
  --own-generator   leave the C generator zkload aside
  --profile         instead of the table: the ten functions that take most of pinfold's time, under some of the loads;
                    of three servers, those of the leader and of a follower
  --json FILE       write every figure
  --markdown FILE   put the machine and the tables between the markers of this file
  --help

Rows, by group:
${rowNames()}
The generator zkload is looked for at $ZKLOAD, then as source in $PINFOLD_BENCH_SOURCES and ../shared/bench; without
it the project's own generator is used. Data lies in .bench inside the project: have it on a real disk.`;

/**
 * @param {readonly string[]} args
 * @returns {Options | 'help'}
 */
export function parseOptions(args) {
  const values = read(args);
  if (values['help'] === true) return 'help';
  const quick = values['quick'] === true;
  if (values['alone'] === true && values['baseline'] !== undefined) {
    throw new UsageError('--alone and --baseline contradict each other');
  }
  const rows = chosenRows(text(values, 'rows'), quick);
  const profile = values['profile'] === true;
  return {
    quick,
    rounds: number(values, 'rounds', { fallback: quick ? 1 : 5, min: 1, max: 100, whole: true }),
    seconds: number(values, 'seconds', { fallback: quick ? 0.3 : 2, min: 0.1, max: 60, whole: false }),
    rows,
    dist: build(values, 'dist'),
    baseline: build(values, 'baseline'),
    alone: values['alone'] === true,
    ownGenerator: values['own-generator'] === true,
    profile,
    json: newFile(values, 'json'),
    markdown: page(values, 'markdown', partOf({ rows, profile })),
  };
}

/** @typedef {Record<string, string | boolean | (string | boolean)[] | undefined>} Values */

/**
 * @param {readonly string[]} args
 * @returns {Values}
 */
function read(args) {
  try {
    return parseArgs({ args: [...args], options: flags }).values;
  } catch (error) {
    // Node's messages are clear, but some go on about positional arguments for a second sentence.
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError((message.split('. ')[0] ?? message).replace(/\.$/, ''));
  }
}

/**
 * @param {Values} values
 * @param {string} name
 */
function text(values, name) {
  const value = values[name];
  return typeof value === 'string' ? value : null;
}

/**
 * @param {Values} values
 * @param {string} name
 */
function file(values, name) {
  const value = text(values, name);
  return value === null ? null : resolve(value);
}

/**
 * @param {Values} values
 * @param {string} name
 * @param {{ fallback: number, min: number, max: number, whole: boolean }} bounds
 */
function number(values, name, { fallback, min, max, whole }) {
  const value = text(values, name);
  if (value === null) return fallback;
  const parsed = /^\d+(\.\d+)?$/.test(value) ? Number(value) : NaN;
  if (!(parsed >= min && parsed <= max) || (whole && !Number.isInteger(parsed))) {
    throw new UsageError(`--${name} must be a ${whole ? 'whole ' : ''}number from ${min} to ${max}, not "${value}"`);
  }
  return parsed;
}

/**
 * @param {Values} values
 * @param {string} name
 */
function build(values, name) {
  const folder = file(values, name);
  if (folder !== null && !existsSync(`${folder}/cli/main.js`)) {
    throw new UsageError(`--${name} must be a folder with a compiled pinfold: ${folder} has no cli/main.js`);
  }
  return folder;
}

/**
 * A run takes long: that its figures cannot be written must be known before.
 * @param {Values} values
 * @param {string} name
 */
function newFile(values, name) {
  const path = file(values, name);
  if (path !== null && !existsSync(dirname(path))) {
    throw new UsageError(`--${name} must be a file in a folder that exists: ${dirname(path)} does not`);
  }
  return path;
}

/**
 * @param {Values} values
 * @param {string} name
 * @param {string} part of the page
 */
function page(values, name, part) {
  const path = file(values, name);
  const fault = path === null ? null : faultOf(path, part);
  if (fault !== null) throw new UsageError(`--${name}: ${fault}`);
  return path;
}

/**
 * @param {string | null} names
 * @param {boolean} quick
 * @returns {readonly Row[]}
 */
function chosenRows(names, quick) {
  if (names === null)
    return rowsNamed(null).filter((row) => !APART.includes(row.group) && !(quick && row.takesMinutes));
  const chosen = names.split(',').map((name) => name.trim());
  const unknown = chosen.find((name) => rowsNamed([name]).length === 0);
  if (unknown !== undefined) throw new UsageError(`--rows: there is no row or group "${unknown}" (see --help)`);
  return rowsNamed(chosen);
}
