import { describe, expect, it } from 'vitest';
import { playSeeds } from '../../scripts/sim/seed-pool.mjs';

/** A thread that plays seeds, but hangs at 4 and falls over at 6. */
const THREAD = `
import { parentPort } from 'node:worker_threads';
parentPort.on('message', (seed) => {
  if (seed === 4) for (;;);
  if (seed === 6) throw new Error('too much');
  parentPort.postMessage({ seed, virtualMs: 1, tally: [], story: null, lines: [] });
});`;

describe('the threads of npm run sim', () => {
  it('name a seed that never ends, and one at which they fall over, and play on', async () => {
    const stories: (string | null)[] = [];
    let next = 1;
    await playSeeds({
      workers: 1,
      script: new URL(`data:text/javascript,${encodeURIComponent(THREAD)}`),
      workerData: null,
      seedMaxMs: 3000,
      nextSeed: () => (next <= 8 ? next++ : null),
      played: ({ seed, story }) => (stories[seed] = story),
    });
    expect(stories.slice(1).map((story) => story?.split('\n')[0] ?? null)).toEqual([
      ...[null, null, null],
      'seed 4: it has not ended after 3000 ms',
      null,
      'seed 6: its thread fell over: Error: too much',
      ...[null, null],
    ]);
  });
});
