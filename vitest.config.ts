import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';

const inCi = Boolean(process.env['CI']);

/** Everything that needs nothing but this repository and `npm ci`. Tests that start processes need `npm run build` first. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
    exclude: [...configDefaults.exclude, 'test/interop/**'],
    globals: false,
    pool: 'forks',
    maxWorkers: Math.max(2, availableParallelism()),
    // No test is a measurement of the machine: on one that is five times slower and has other work all of them must pass.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 30_000,
    restoreMocks: true,
    unstubEnvs: true,
    reporters: inCi ? ['default', 'json'] : ['default'],
    outputFile: { json: '.ci/out/test.json' },
  },
});
