// One run: who is measured with what, the phases in their order, the report.
import { writeFileSync } from 'node:fs';
import { isDistStale, projectRoot } from '../scripts/dist-state.mjs';
import { measureClients } from './phases/clients.mjs';
import { measureFailovers } from './phases/failovers.mjs';
import { chooseGenerator } from './generator.mjs';
import { measureHandOvers } from './phases/hand-overs.mjs';
import { measureLoads } from './phases/loads.mjs';
import { describeMachine, isBusy } from './machine.mjs';
import { openRunDir, run, runDir } from './processes.mjs';
import { say, warn } from './progress.mjs';
import { partOf, replaceBetween } from './report/markers.mjs';
import { measureMillion } from './phases/million.mjs';
import { profileLoads } from './profile/profile.mjs';
import { report, reportData } from './report/report.mjs';
import { Results } from './report/results.mjs';
import { clientRows } from './rows/client-rows.mjs';
import { ensembleLoadRows } from './rows/ensemble-rows.mjs';
import { handOverRows } from './rows/hand-over-rows.mjs';
import { loadRows } from './rows/load-rows.mjs';
import { measureEnsembleStarts, measureStarts } from './phases/starts.mjs';
import { apache, apacheMissing } from './servers/apache.mjs';
import { Ensemble } from './servers/ensemble.mjs';
import { launch } from './servers/launch.mjs';
import { pinfold } from './servers/pinfold.mjs';
import { endServers } from './servers/server.mjs';

/** @import { Generator } from './generator.mjs' */
/** @import { Machine } from './machine.mjs' */
/** @import { Options } from './options.mjs' */
/** @import { Row } from './rows/rows.mjs' */
/** @import { Product } from './servers/server.mjs' */
/** @import { PinfoldProduct } from './servers/pinfold.mjs' */

/**
 * @typedef {object} Bench
 * @property {Options} options
 * @property {Generator} generator
 * @property {PinfoldProduct} subject
 * @property {readonly Product[]} others what it is compared with: one server, or none
 * @property {readonly Product[]} products in the order of their turns
 * @property {Results} results
 * @property {Machine} machine
 */

/**
 * @param {Options} options
 * @returns {Promise<boolean>} whether every row could be measured
 */
export async function runBench(options) {
  openRunDir();
  const machine = describeMachine(runDir);
  const subject = pinfold('pinfold', options.dist ?? (await ownBuild()));
  const results = new Results();
  const others = options.profile || options.alone ? [] : comparedWith(options, results);
  const generator = await chooseGenerator(options);
  /** @type {Bench} */
  const bench = { options, generator, subject, others, products: [...others, subject], results, machine };
  if (isBusy(machine)) warn(`The machine is busy (load ${machine.load.join(' ')}): figures of this run are doubtful.`);
  if (machine.inMemory) warn(`The data lies in memory (${machine.disk}): writes cost no disk, and say nothing.`);

  if (options.profile) {
    const text = await profileLoads(bench);
    console.log(text);
    if (options.markdown !== null) replaceBetween(options.markdown, partOf(options), text);
    return true;
  }
  await measureAll(bench);

  const text = report(bench);
  console.log(text);
  if (options.json !== null) writeFileSync(options.json, `${JSON.stringify(reportData(bench), null, 2)}\n`);
  if (options.markdown !== null) replaceBetween(options.markdown, partOf(options), text);
  return results.failures.size === 0;
}

/**
 * What needs quiet first, what fills the disk last.
 * @param {Bench} bench
 */
async function measureAll(bench) {
  const { rows } = bench.options;
  const loads = loadRows.filter((row) => rows.includes(row));
  const clients = clientRows.filter((row) => rows.includes(row));
  await phase(bench, loads, () => measureLoads(bench, { rows: loads, launch }));
  await phase(bench, clients, () => measureClients(bench, clients));
  const ensembleLoads = ensembleLoadRows.filter((row) => rows.includes(row));
  await phase(bench, ensembleLoads, () => measureLoads(bench, { rows: ensembleLoads, launch: Ensemble.launch }));
  const failovers = rows.filter((row) => row.phase === 'failovers');
  await phase(bench, failovers, () => measureFailovers(bench, failovers));
  const ensembleStarts = rows.filter((row) => row.phase === 'ensembleStarts');
  await phase(bench, ensembleStarts, () => measureEnsembleStarts(bench, ensembleStarts));
  const handOvers = handOverRows.filter((row) => rows.includes(row));
  await phase(bench, handOvers, () => measureHandOvers(bench, handOvers));
  const starts = rows.filter((row) => row.phase === 'starts');
  await phase(bench, starts, () => measureStarts(bench, starts));
  const million = rows.filter((row) => row.phase === 'million');
  await phase(bench, million, () => measureMillion(bench, million));
}

/**
 * What breaks one phase is a failure of its rows; the others still have their figures.
 * @param {Bench} bench
 * @param {readonly Row[]} rows
 * @param {() => Promise<void>} measure
 */
async function phase({ results }, rows, measure) {
  if (rows.length === 0) return;
  try {
    await measure();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    say(`FAILED: ${reason}`);
    for (const row of rows) results.fail(row, 'the run', reason);
  }
  await endServers();
}

async function ownBuild() {
  if (isDistStale()) {
    say('building pinfold');
    const built = await run(process.execPath, [`${projectRoot}/scripts/build.mjs`]);
    if (built.status !== 0) throw new Error(`the build failed:\n${built.stdout}${built.stderr}`);
  }
  return `${projectRoot}/dist`;
}

/**
 * @param {Options} options
 * @param {Results} results
 * @returns {readonly Product[]}
 */
function comparedWith({ baseline }, { notMeasured }) {
  if (baseline !== null) return [pinfold('baseline', baseline)];
  const missing = apacheMissing();
  if (missing === null) return [apache()];
  notMeasured.push(`Apache ZooKeeper, ${missing}`);
  warn(`Apache ZooKeeper is NOT measured: ${missing}. There are no ratios, and no goal is checked.`);
  return [];
}
