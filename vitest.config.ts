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
    testTimeout: 30_000,
    hookTimeout: 30_000,
    teardownTimeout: 10_000,
    restoreMocks: true,
    unstubEnvs: true,
    reporters: inCi ? ['default', 'json'] : ['default'],
    outputFile: { json: '.ci/out/test.json' },
  },
});
