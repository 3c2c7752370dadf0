import type { Client } from '../../../src/client/index.js';
import { CuratorCache } from '../../../src/recipes/index.js';
import { STEPS } from './crowd-in-line.js';
import type { HerdCase, HerdCrowd, HerdStage } from './herd-case.js';

export const CACHE_CASES: readonly HerdCase[] = [
  {
    id: 'cache',
    recipe: 'CuratorCache',
    step: 'a node changes, all see it',
    eventsMax: (readers) => readers,
    gather: readersOfTree,
  },
];

async function readersOfTree(stage: HerdStage, count: number): Promise<HerdCrowd> {
  const [writer, ...readers] = (await stage.clients(count + 1)) as [Client, ...Client[]];
  const path = `${stage.path}/node`;
  await writer.create(stage.path);
  await writer.create(path, '0');
  const caches = readers.map((client) => new CuratorCache(client, stage.path));
  await Promise.all(caches.map((cache) => cache.ready()));
  let value = 0;
  return {
    steps: STEPS,
    step: async () => {
      const text = String((value += 1));
      const all = Promise.all(caches.map((cache) => seen(cache, path, text)));
      await writer.setData(path, text);
      await all;
    },
  };
}

async function seen(cache: CuratorCache, path: string, text: string): Promise<void> {
  for await (const _ of cache.events({ from: 'now' })) if (String(cache.get(path)?.data) === text) return;
}
