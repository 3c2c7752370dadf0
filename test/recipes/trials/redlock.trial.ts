import { KeeperError } from '../../../src/client/index.js';
import type { Zxid } from '../../../src/client/index.js';
import { Redlock } from '../../../src/recipes/redis/index.js';
import type { RedlockLock } from '../../../src/recipes/redis/index.js';
import { ExclusiveBook } from './exclusive-book.js';
import type { Trial, TrialClient, TrialWorld } from './trial.js';

const ROOT = '/trial-redlock';
const RESOURCES = ['a', 'b', 'c'];
const CLIENTS = 4;
const HOLD_MAX_MS = 500;

/** Users of a Redlock who take one resource or several, in any order, extend them, and let them run out. */
export function trial(): Trial {
  return {
    name: 'Redlock',
    play(world) {
      const books = new Map(RESOURCES.map((name) => [name, new ExclusiveBook(world, name)]));
      for (let at = 0; at < CLIENTS; at++) {
        const client = world.client();
        const redlock = new Redlock({ client: client.client, root: ROOT, retryCount: 50 });
        for (let more = 2; more > 0; more--) world.worker(client, () => use({ world, client, redlock, books }));
      }
    },
    async judge(world, fresh) {
      for (const name of RESOURCES) {
        const { stat } = await fresh.exists(`${ROOT}/${name}`);
        if (stat !== null && stat.numChildren > 0) world.violated(`nodes are left in the line of ${name}`);
      }
    },
  };
}

interface User {
  readonly world: TrialWorld;
  readonly client: TrialClient;
  readonly redlock: Redlock;
  readonly books: ReadonlyMap<string, ExclusiveBook>;
}

async function use(user: User): Promise<void> {
  const { world, client, redlock } = user;
  const { random } = world;
  while (!world.isClosing) {
    await world.sleep(random.skewed(1, 500), client);
    const names = RESOURCES.filter(() => random.chance(0.5)).reverse();
    if (names.length === 0) continue;
    try {
      const lock = await redlock.acquire(names, durationMs(world));
      await hold(user, lock);
    } catch (error) {
      if (!(error instanceof KeeperError)) throw error;
      world.count(`error ${error.code}`);
    }
  }
}

async function hold({ world, client, books }: User, lock: RedlockLock): Promise<void> {
  const { random } = world;
  const tokens = lock.resources.map((name) => [name, lock.tokenOf(name) ?? NaN] as const);
  for (const [name, token] of tokens) books.get(name)?.follow(client, { token: token as Zxid, signal: lock.signal });
  for (let left = random.between(0, 3); left > 0; left--) {
    await world.sleep(random.skewed(1, HOLD_MAX_MS), client);
    if (!lock.isHeld()) break;
    for (const [name, token] of tokens) books.get(name)?.used(client, token);
    if (random.chance(0.5)) await lock.extend(durationMs(world));
  }
  // Some are left to run out.
  if (random.chance(0.8)) await lock.release();
  else await world.sleep(HOLD_MAX_MS, client);
}

function durationMs({ random }: TrialWorld): number {
  return Math.round(random.between(50, HOLD_MAX_MS));
}
