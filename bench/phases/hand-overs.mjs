// Rows of lock hand-overs: pinfold's mutex and Curator's take turns on the same three servers, of either product.
import { projectRoot } from '../../scripts/dist-state.mjs';
import { compileCurator, curatorCommand, aboutCurator } from '../clients/curator.mjs';
import { run } from '../processes.mjs';
import { say, sayFailure, sayFigures, warn } from '../progress.mjs';
import { apacheMissing } from '../servers/apache.mjs';
import { Ensemble } from '../servers/ensemble.mjs';
import { inTurn } from './turns.mjs';

/** @import { Bench } from '../bench.mjs' */
/** @import { HandOverRow } from '../rows/hand-over-rows.mjs' */

/** Of both: a JVM that has just started would be measured while it compiles. */
const WARM_UP_SECONDS = 4;
const CURATOR = 'Curator';

/**
 * @typedef {object} Contestant
 * @property {string} side
 * @property {(args: readonly string[]) => { command: string, args: readonly string[] }} command
 *
 * @param {Bench} bench
 * @param {readonly HandOverRow[]} rows
 */
export async function measureHandOvers(bench, rows) {
  const { options, products, results } = bench;
  const contestants = await gather(bench);
  for (const server of /** @type {const} */ (['pinfold', 'Apache'])) {
    const theirs = rows.filter((row) => row.server === server);
    const product = products.find(({ name }) => name === server);
    if (product === undefined) {
      for (const row of theirs) results.leaveOut(row, apacheMissing() ?? 'Apache has no part in this run');
    }
    if (product === undefined || theirs.length === 0) continue;
    say(`three servers of ${server}`);
    const ensemble = await Ensemble.launch(product);
    for (let round = 1; round <= options.rounds; round += 1) {
      for (const row of theirs) {
        for (const contestant of inTurn(contestants, round)) {
          await measureOne(bench, { row, round, contestant, connectString: ensemble.connectString });
        }
      }
    }
    await ensemble.discard();
  }
}

/** The names of those whose locks pinfold's are compared with. @param {Bench} bench */
export function otherLocks({ options }) {
  return [...(options.alone ? [] : [CURATOR]), ...(options.baseline === null ? [] : ['baseline'])];
}

/**
 * @param {Bench} bench
 * @returns {Promise<Contestant[]>}
 */
async function gather({ options, products, results, subject }) {
  /** @type {Contestant[]} */
  const contestants = [];
  const missing = options.alone ? 'nothing is to be compared' : await compileCurator();
  if (missing === null) contestants.push({ side: CURATOR, command: curatorCommand });
  else if (!options.alone) {
    warn(`Curator is NOT measured: ${missing}`);
    results.notMeasured.push(`Curator, ${missing}`);
  }
  for (const { name, dist } of products) {
    if (dist === undefined) continue;
    const program = `${projectRoot}/bench/clients/hand-over.mjs`;
    const command = (/** @type {readonly string[]} */ args) => ({
      command: process.execPath,
      args: [program, `${dist}/index.js`, ...args],
    });
    contestants.push({ side: name, command });
  }
  if (missing === null) say(`${subject.name}'s mutex beside that of ${aboutCurator()}`);
  return contestants;
}

/**
 * @param {Bench} bench
 * @param {{ row: HandOverRow, round: number, contestant: Contestant, connectString: string }} turn
 */
async function measureOne({ options, results }, { row, round, contestant, connectString }) {
  const { side } = contestant;
  const place = { round, rounds: options.rounds, row, side };
  const warmUpSeconds = options.quick ? 0.2 : WARM_UP_SECONDS;
  const path = `/hand-over/${row.id}-${side}-${round}`;
  const { command, args } = contestant.command([
    connectString,
    path,
    `${row.contenders}`,
    `${warmUpSeconds}`,
    `${options.seconds}`,
  ]);
  try {
    const { status, stdout, stderr } = await run(command, args, { timeout: 90_000 });
    if (status !== 0) throw new Error(stderr.trim() || `its process ended with ${status ?? 'a signal'}`);
    const values = JSON.parse(stdout);
    results.record(row, side, { round, values });
    sayFigures(place, values);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    results.fail(row, side, reason);
    sayFailure(place, reason);
  }
}
