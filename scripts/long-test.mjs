// Runs a random test that is short in `npm test` at its full length: node scripts/long-test.mjs fuzz --count 5000 --seed 7
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

/** What each run consists of; `variable` begins the names of what test/support/run-size.ts reads. */
const RUNS = {
  crash: [{ name: 'crash', variable: 'CRASH', count: 100, file: 'test/crash/crash.test.ts' }],
  fuzz: [
    { name: 'server', variable: 'FUZZ_SERVER', count: 1_000_000, file: 'test/fuzz/server.test.ts' },
    { name: 'client', variable: 'FUZZ_CLIENT', count: 100_000, file: 'test/fuzz/client.test.ts' },
  ],
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string' },
    kills: { type: 'string' },
    seed: { type: 'string' },
    only: { type: 'string' },
  },
});
const [run = ''] = positionals;
if (!(run in RUNS)) throw new RangeError(`there is no run named "${run}": ${Object.keys(RUNS).join(', ')}`);
const targets = RUNS[/** @type {keyof typeof RUNS} */ (run)].filter(({ name }) => name === (values.only ?? name));
if (targets.length === 0) throw new RangeError(`${run} has no part named "${values.only}"`);

const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
const seed = values.seed ?? String(Math.floor(Math.random() * 2 ** 31));
let status = 0;
for (const { name, variable, count, file } of targets) {
  const wanted = values.count ?? values.kills ?? String(count);
  console.log(`${run}, ${name}: ${wanted}, seed ${seed}`);
  const { status: ended } = spawnSync(process.execPath, [vitest, 'run', '--disableConsoleIntercept=true', file], {
    stdio: 'inherit',
    env: { ...process.env, [`${variable}_COUNT`]: wanted, [`${variable}_SEED`]: seed },
  });
  if (ended !== 0) status = 1;
}
process.exit(status);
