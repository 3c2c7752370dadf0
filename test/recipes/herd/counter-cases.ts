import type { Client } from '../../../src/client/index.js';
import { SharedCount } from '../../../src/recipes/index.js';
import { STEPS } from './crowd-in-line.js';
import type { HerdCase, HerdCrowd, HerdStage } from './herd-case.js';

export const COUNTER_CASES: readonly HerdCase[] = [
  {
    id: 'shared-count',
    recipe: 'SharedCount',
    step: 'it is set, all see it',
    // Whoever sets it sees it as well.
    eventsMax: (watchers) => watchers + 1,
    gather: watchersOfCount,
  },
];

async function watchersOfCount(stage: HerdStage, watchers: number): Promise<HerdCrowd> {
  const clients = await stage.clients(watchers + 1);
  const counts = clients.map((client: Client) => new SharedCount(client, stage.path));
  await Promise.all(counts.map((count) => count.start()));
  const [writer, ...others] = counts as [SharedCount, ...SharedCount[]];
  let value = 0;
  return {
    steps: STEPS,
    step: async () => {
      value += 1;
      const all = Promise.all(others.map((count) => seen(count, value)));
      await writer.set(value);
      await all;
    },
  };
}

async function seen(count: SharedCount, value: number): Promise<void> {
  for await (const change of count.changes()) if (change?.value === value) return;
}
