import { defineConfig } from 'vitest/config';

const inCi = Boolean(process.env['CI']);

/** Tests against Apache ZooKeeper, Curator, kazoo and the C client as Debian packages them; see CONTRIBUTING.md. */
export default defineConfig({
  test: {
    include: ['test/interop/**/*.test.ts'],
    globals: false,
    pool: 'forks',
    // Each file starts Java processes: one at a time is faster than all of them waiting for one another.
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 120_000,
    teardownTimeout: 20_000,
    reporters: inCi ? ['default', 'json'] : ['default'],
    outputFile: { json: '.ci/out/interop.json' },
  },
});
