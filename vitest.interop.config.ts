import { defineConfig } from 'vitest/config';
import { RanReporter } from './test/interop/support/ran-reporter.js';

const inCi = Boolean(process.env['CI']);

/** Tests against Apache ZooKeeper, Curator, kazoo and the C client as Debian packages them; see CONTRIBUTING.md. */
export default defineConfig({
  test: {
    include: ['test/interop/**/*.test.ts'],
    globalSetup: ['test/support/process-ledger.ts', 'test/interop/support/scratch-folder.ts'],
    globals: false,
    pool: 'forks',
    // Each file starts Java processes: one at a time is faster than all of them waiting for one another.
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 120_000,
    teardownTimeout: 20_000,
    reporters: inCi ? ['default', 'json', new RanReporter()] : ['default', new RanReporter()],
    outputFile: { json: '.ci/out/interop.json' },
  },
});
