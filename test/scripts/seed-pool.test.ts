import { describe, expect, it } from 'vitest';
import { playSeeds } from '../../scripts/sim/seed-pool.mjs';

/** A thread that plays seeds, but hangs at 2 and falls over at 4. */
const THREAD = `
import { parentPort } from 'node:worker_threads';
parentPort.on('message', (seed) => {
  if (seed === 2) for (;;);
  if (seed === 4) throw new Error('too much');
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
      nextSeed: () => (next <= 5 ? next++ : null),
      played: ({ seed, story }) => (stories[seed] = story),
    });
    expect(stories.slice(1).map((story) => story?.split('\n')[0] ?? null)).toEqual([
      null,
      'seed 2: it has not ended after 3000 ms',
      null,
      'seed 4: its thread fell over: Error: too much',
      null,
    ]);
  });
});
