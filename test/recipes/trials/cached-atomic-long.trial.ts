import { KeeperError } from '../../../src/client/index.js';
import { CachedAtomicLong, DistributedAtomicLong } from '../../../src/recipes/index.js';
import type { Trial, TrialClient, TrialWorld } from './trial.js';

const PATH = '/trial-cached-atomic/count';
const CLIENTS = 4;
const WORKERS = 3;
const FACTOR = 5;

/** Many take numbers, and nobody gets one that somebody else has. */
export function trial(): Trial {
  return {
    name: 'CachedAtomicLong',
    play(world) {
      const owners = new Map<bigint, string>();
      for (let left = CLIENTS; left > 0; left--) {
        const client = world.client();
        const counter = new DistributedAtomicLong(client.client, PATH, { exactlyOnce: world.random.chance(0.3) });
        const cache = new CachedAtomicLong(client.client, counter, FACTOR);
        for (let more = WORKERS; more > 0; more--) world.worker(client, () => take(world, client, { cache, owners }));
      }
    },
  };
}

async function take(
  world: TrialWorld,
  client: TrialClient,
  { cache, owners }: { cache: CachedAtomicLong; owners: Map<bigint, string> },
): Promise<void> {
  const { random } = world;
  while (!world.isClosing) {
    await world.sleep(random.skewed(1, 500), client);
    try {
      const { preValue } = await cache.next(random.chance(0.3) ? { timeoutMs: random.between(1, 3000) } : {});
      world.count('numbers');
      const other = owners.get(preValue);
      if (other !== undefined) world.violated(`${client.name} and ${other} both have ${preValue}`);
      owners.set(preValue, client.name);
    } catch (error) {
      if (!(error instanceof KeeperError)) throw error;
      world.count(`error ${error.code}`);
    }
  }
}
