import { SharedCount } from '../../../src/recipes/index.js';
import { nothingIsLeft } from './acquire-somehow.js';
import { CountBook } from './count-book.js';
import type { Trial, TrialClient, TrialWorld } from './trial.js';

const PATH = '/trial-shared-count/count';
const CLIENTS = 5;

/** Many set a number by comparison, and all of them follow it. */
export function trial(): Trial {
  let book: CountBook;
  return {
    name: 'SharedCount',
    play(world) {
      book = new CountBook(world);
      for (let left = CLIENTS; left > 0; left--) {
        const client = world.client();
        const count = new SharedCount(client.client, PATH, { exactlyOnce: world.random.chance(0.5) });
        world.worker(client, () => write(world, client, { count, book }));
        world.worker(client, () => follow(world, client, count));
      }
    },
    async judge(world, fresh) {
      const count = new SharedCount(fresh, PATH);
      book.judge(BigInt((await count.read({ sync: true }))?.value ?? 0));
      await nothingIsLeft(world, fresh, `${PATH}-outcomes`);
    },
  };
}

async function write(
  world: TrialWorld,
  client: TrialClient,
  { count, book }: { count: SharedCount; book: CountBook },
): Promise<void> {
  const { random } = world;
  await count.start();
  while (!world.isClosing) {
    await world.sleep(random.skewed(1, 1000), client);
    await book.add(client, async () => {
      const seen = count.versioned;
      if (seen === undefined) return null;
      const wait = random.chance(0.3) ? { timeoutMs: random.between(1, 3000) } : {};
      return (await count.trySet(seen, seen.value + 1, wait)) ? { postValue: BigInt(seen.value + 1) } : null;
    });
  }
  // In the end it sees what everybody sees, or this never ends.
  while (count.isStale || count.value !== (await count.read({ sync: true }))?.value) await world.sleep(50, client);
  await count.close();
}

async function follow(world: TrialWorld, client: TrialClient, count: SharedCount): Promise<void> {
  let [newest, value] = [0, 0];
  for await (const { versioned } of count.changes()) {
    if (versioned === undefined) world.violated(`${client.name} saw no number, though nobody deletes it`);
    if (versioned === undefined || versioned.mzxid === newest) continue;
    if (versioned.mzxid < newest || versioned.value < value) {
      world.violated(`${client.name} saw ${versioned.value} after ${value}`);
    }
    [newest, value] = [versioned.mzxid, versioned.value];
    world.count('seen');
  }
}
