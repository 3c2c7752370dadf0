// One run: who is measured with what, the phases in their order, the report.
import { writeFileSync } from 'node:fs';
import { isDistStale, projectRoot } from '../scripts/dist-state.mjs';
import { chooseGenerator } from './generator.mjs';
import { measureLoads } from './loads.mjs';
import { describeMachine, isBusy } from './machine.mjs';
import { openRunDir, run, runDir } from './processes.mjs';
import { say, warn } from './progress.mjs';
import { report } from './report.mjs';
import { Results } from './results.mjs';
import { loadRows } from './rows-of-loads.mjs';
import { apache, apacheMissing } from './servers/apache.mjs';
import { pinfold } from './servers/pinfold.mjs';

/** @import { Generator } from './generator.mjs' */
/** @import { Machine } from './machine.mjs' */
/** @import { Options } from './options.mjs' */
/** @import { Product } from './servers/launch.mjs' */
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
  const others = comparedWith(options);
  const generator = await chooseGenerator(options);
  const results = new Results();
  /** @type {Bench} */
  const bench = { options, generator, subject, others, products: [...others, subject], results, machine };
  if (isBusy(machine)) warn(`The machine is busy (load ${machine.load.join(' ')}): figures of this run are doubtful.`);
  if (machine.inMemory) warn(`The data lies in memory (${machine.disk}): writes cost no disk, and say nothing.`);

  const chosenLoads = loadRows.filter((row) => options.rows.includes(row));
  if (chosenLoads.length > 0) await measureLoads(bench, chosenLoads);

  const text = report(bench);
  console.log(text);
  if (options.json !== null) writeFileSync(options.json, `${JSON.stringify(text, null, 2)}\n`);
  return results.failures.size === 0;
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
 * @returns {readonly Product[]}
 */
function comparedWith({ baseline }) {
  if (baseline !== null) return [pinfold('baseline', baseline)];
  const missing = apacheMissing();
  if (missing === null) return [apache()];
  warn(`Apache ZooKeeper is NOT measured: ${missing}. There are no ratios, and no goal is checked.`);
  return [];
}
