// Puts deliberate faults into copies of the product and lets the simulator find them: npm run sim:mutants
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { clearTimeout, setTimeout } from 'node:timers';
import { readArguments, refuse, wholeNumber } from './command-line.mjs';
import { compileAll, compileMutant, ROOT } from './mutants/apply.mjs';
import { mutants } from './mutants/table.mjs';

/** @typedef {import('./mutants/table.mjs').Mutant} Mutant */
/** @typedef {{ seed: number, violation: { rule: string, message: string } | null }} SeedResult */
/** @typedef {{ mutant: Mutant, seeds: number, ms: number, rule: string | null, message: string }} Finding */

const SEEDS = 500;
const WORKERS = 2;
/** A seed takes a second or so: whoever takes this long will not end. */
const SEED_MAX_MS = 60_000;
const COMMAND = 'sim:mutants';
const HELP = `usage: npm run sim:mutants -- [options]

Puts one deliberate fault after the other into a copy of the product and simulates seeds 1, 2, ... until a rule finds it.
Says how many seeds each took.

  --only NAME   this one only (may be given several times)
  --seeds N     at most so many seeds each (${SEEDS})
  --list        say what the faults are, and do nothing
  --help        this

Exit status: 0 all found, 1 one not found, 2 wrong arguments.`;

const values = readArguments({
  command: COMMAND,
  options: {
    only: { type: 'string', multiple: true },
    seeds: { type: 'string', default: String(SEEDS) },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
if (values.list) {
  for (const { name, what, file } of mutants) console.log(`${name.padEnd(30)} ${what} (${file})`);
  process.exit(0);
}
const seedsMax = wholeNumber(COMMAND, { name: 'seeds', text: values.seeds, min: 1 });
const chosen = values.only === undefined ? [...mutants] : values.only.map(named);
/** Seeds that fail without any fault, with the rule. @type {Map<number, string>} */
const unsound = new Map();
// Below the project, so that packages are found; in nobody's way there.
const home = join(ROOT, 'node_modules', '.cache', `sim-mutants-${process.pid}`);
mkdirSync(home, { recursive: true });
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    rmSync(home, { recursive: true, force: true });
    process.exit(1);
  });
}
process.exitCode = await run(chosen).finally(() => rmSync(home, { recursive: true, force: true }));

/** @param {string} name */
function named(name) {
  const mutant = mutants.find((candidate) => candidate.name === name);
  return mutant ?? refuse(COMMAND, `--only is ${JSON.stringify(name)}, which --list does not name`);
}

/** @param {readonly Mutant[]} list */
async function run(list) {
  const base = join(home, 'base');
  compileAll(base);
  /** @type {Finding[]} */
  const findings = [];
  const waiting = [...list];
  const work = async () => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const finding = await tryOut(base, mutant);
      findings.push(finding);
      console.log(line(finding));
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  const missed = findings.filter(({ rule }) => rule === null);
  const sums = `${findings.length - missed.length} of ${findings.length} mutants found`;
  console.log(missed.length === 0 ? sums : `${sums}; not found: ${missed.map(({ mutant }) => mutant.name).join(', ')}`);
  for (const [seed, rule] of unsound) console.log(`seed ${seed} fails without any fault (${rule}): mend that first`);
  return missed.length === 0 && unsound.size === 0 ? 0 : 1;
}

/**
 * @param {string} base
 * @param {Mutant} mutant
 * @returns {Promise<Finding>}
 */
async function tryOut(base, mutant) {
  const directory = join(home, mutant.name);
  compileMutant(base, directory, mutant);
  const startMs = performance.now();
  const { seed, violation } = await firstOwnViolation(base, directory);
  rmSync(directory, { recursive: true });
  const ms = performance.now() - startMs;
  return { mutant, seeds: seed, ms, rule: violation?.rule ?? null, message: violation?.message ?? '' };
}

/**
 * A seed that fails without the fault, too, says nothing about it, and is passed over.
 * @param {string} base
 * @param {string} directory
 * @returns {Promise<SeedResult>}
 */
async function firstOwnViolation(base, directory) {
  for (let from = 1; ;) {
    const result = await firstViolation(directory, { from, to: seedsMax });
    if (result.violation === null) return result;
    const { violation } = await firstViolation(base, { from: result.seed, to: result.seed });
    if (violation === null) return result;
    unsound.set(result.seed, violation.rule);
    if (result.seed === seedsMax) return { seed: seedsMax, violation: null };
    from = result.seed + 1;
  }
}

/**
 * @param {string} directory
 * @param {{ from: number, to: number }} seeds
 * @returns {Promise<SeedResult>} the last seed's
 */
async function firstViolation(directory, { from, to }) {
  const script = fileURLToPath(new URL('./mutants/run-seeds.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, directory, String(from), String(to)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise((resolve) => child.once('close', resolve));
  /** @type {SeedResult} */
  let last = { seed: from - 1, violation: null };
  let timer = setTimeout(() => child.kill('SIGKILL'), SEED_MAX_MS);
  for await (const text of createInterface({ input: child.stdout })) {
    last = /** @type {SeedResult} */ (JSON.parse(text));
    clearTimeout(timer);
    timer = setTimeout(() => child.kill('SIGKILL'), SEED_MAX_MS);
  }
  clearTimeout(timer);
  const code = await exited;
  if (code === 0) return last;
  const message = code === null ? `no end after ${SEED_MAX_MS} ms` : `the process ended with ${String(code)}`;
  return { seed: last.seed + 1, violation: { rule: 'the simulation ends', message } };
}

/** @param {Finding} finding */
function line({ mutant, seeds, ms, rule, message }) {
  const found = rule === null ? `NOT FOUND ${message}` : `${rule}: ${message.split('\n')[0]}`;
  const columns = [mutant.name.padEnd(30), String(seeds).padStart(4), `${(ms / 1000).toFixed(1)} s`.padStart(8)];
  return `${columns.join(' ')}  ${found.slice(0, 160)}`;
}
