// Simulates seeds until one shows a violation: node run-seeds.mjs DIRECTORY FROM TO, a line of JSON a seed.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [directory = '', from = '1', to = '1'] = process.argv.slice(2);
/** @type {typeof import('../../src/testing/sim/simulation.js')} */
const { simulate } = await import(pathToFileURL(join(directory, 'testing/sim/simulation.js')).href);
for (let seed = Number(from); seed <= Number(to); seed++) {
  const [violation = null] = await outcomeOf(seed);
  console.log(JSON.stringify({ seed, violation }));
  if (violation !== null) break;
}
process.exit(0);

/**
 * A fault may make the whole simulation fall over: that is found, too.
 * @param {number} seed
 */
async function outcomeOf(seed) {
  try {
    return (await simulate({ seed })).violations;
  } catch (error) {
    return [{ rule: 'the simulation ends', message: String(error), events: [] }];
  }
}
