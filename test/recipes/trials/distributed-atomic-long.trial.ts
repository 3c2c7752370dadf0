import { DistributedAtomicLong } from '../../../src/recipes/index.js';
import { nothingIsLeft } from './acquire-somehow.js';
import { CountBook } from './count-book.js';
import type { Trial, TrialClient, TrialWorld } from './trial.js';

const ROOT = '/trial-atomic-long';
const PATH = `${ROOT}/count`;
const LOCK = `${ROOT}/lock`;
const CLIENTS = 5;
const WORKERS = 3;

/** Many add to one number, in every way there is. */
export function trial(): Trial {
  let book: CountBook;
  return {
    name: 'DistributedAtomicLong',
    play(world) {
      book = new CountBook(world);
      for (let left = CLIENTS; left > 0; left--) {
        const client = world.client();
        const exactlyOnce = world.random.chance(0.5);
        const promotedToLock = world.random.chance(0.5) ? { path: LOCK, timeoutMs: 5000 } : undefined;
        const counter = new DistributedAtomicLong(client.client, PATH, { exactlyOnce, promotedToLock });
        for (let more = WORKERS; more > 0; more--) world.worker(client, () => add(world, client, { counter, book }));
      }
    },
    async judge(world, fresh) {
      book.judge(await new DistributedAtomicLong(fresh, PATH).get({ sync: true }));
      await nothingIsLeft(world, fresh, LOCK);
      await nothingIsLeft(world, fresh, `${PATH}-outcomes`);
    },
  };
}

async function add(
  world: TrialWorld,
  client: TrialClient,
  { counter, book }: { counter: DistributedAtomicLong; book: CountBook },
): Promise<void> {
  const { random } = world;
  while (!world.isClosing) {
    await world.sleep(random.skewed(1, 1000), client);
    await book.add(client, async () => {
      if (random.chance(0.7))
        return counter.increment(random.chance(0.3) ? { timeoutMs: random.between(1, 3000) } : {});
      const seen = await counter.get();
      const result = await counter.compareAndSet(seen, seen + 1n);
      return result.succeeded ? result : null;
    });
  }
}
