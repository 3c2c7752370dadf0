import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.js';

const inCi = Boolean(process.env['CI']);

/** Tests that leave nothing behind in their process: they share a few. */
const together = ['protocol', 'client', 'server', 'recipes', 'runtime', 'vectors', 'testing', 'sim'].map(
  (room) => `test/${room}/**/*.test.ts`,
);

/** Everything that needs nothing but this repository and `npm ci`. Tests that start processes need `npm run build` first. */
export default defineConfig({
  test: {
    projects: [
      // Starting a process for each of some hundred files takes longer than most of them.
      { extends: true, test: { name: 'together', include: together, isolate: false } },
      {
        extends: true,
        test: {
          name: 'apart',
          include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
          exclude: [...configDefaults.exclude, 'test/interop/**', ...together],
        },
      },
    ],
    globals: false,
    pool: 'forks',
    sequence: { sequencer: LongestFirst },
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
