import type { Client } from '../../../src/client/index.js';
import { KeeperError, NoNodeError } from '../../../src/client/index.js';
import type { Hold } from '../../../src/recipes/index.js';
import { InterProcessMutex } from '../../../src/recipes/index.js';
import { ExclusiveBook } from './exclusive-book.js';
import { FencedNode } from './fenced-node.js';
import type { Trial, TrialClient, TrialWorld } from './trial.js';

const ROOT = '/trial-mutex';
const LOCK = `${ROOT}/lock`;
const CLIENTS = 5;
const CONTENDERS = 2;
const HOLD_MAX_MS = 600;
const WAIT_MAX_MS = 15_000;

/** Contenders who take the lock in every way there is, and write to a node with it. */
export function trial(): Trial {
  let fenced: FencedNode;
  return {
    name: 'InterProcessMutex',
    play(world) {
      const book = new ExclusiveBook(world, LOCK);
      fenced = new FencedNode(world, `${ROOT}/fenced`);
      for (let left = CLIENTS; left > 0; left--) {
        const client = world.client();
        const mutex = new InterProcessMutex(client.client, LOCK);
        for (let more = CONTENDERS; more > 0; more--) {
          world.worker(client, () => contend({ world, client, mutex, book, fenced }));
        }
      }
    },
    async judge(world, fresh) {
      fenced.judge();
      const left = await childrenOf(fresh, LOCK);
      if (left.length > 0) world.violated(`nodes are left in the line: ${left.join(', ')}`);
    },
  };
}

interface Contender {
  readonly world: TrialWorld;
  readonly client: TrialClient;
  readonly mutex: InterProcessMutex;
  readonly book: ExclusiveBook;
  readonly fenced: FencedNode;
}

async function contend(contender: Contender): Promise<void> {
  const { world, client, book } = contender;
  while (!world.isClosing) {
    await world.sleep(world.random.skewed(1, 500), client);
    const hold = await acquire(contender);
    if (hold === null) continue;
    book.follow(client, hold);
    await work(contender, hold);
    await hold.release().catch((error: unknown) => expected(world, error));
  }
}

async function acquire({ world, client, mutex }: Contender): Promise<Hold | null> {
  const { random } = world;
  try {
    if (random.chance(0.15)) return await mutex.tryAcquire();
    if (random.chance(0.15)) return await cancelled(mutex, world, client);
    return await mutex.acquire({ timeoutMs: random.chance(0.5) ? WAIT_MAX_MS : random.between(5, WAIT_MAX_MS) });
  } catch (error) {
    expected(world, error);
    return null;
  }
}

/** Waits until somebody calls it off. */
async function cancelled(mutex: InterProcessMutex, world: TrialWorld, client: TrialClient): Promise<Hold | null> {
  const controller = new AbortController();
  void world.sleep(world.random.skewed(1, 3000), client).then(() => controller.abort());
  return mutex.acquire({ signal: controller.signal }).catch((error: unknown) => {
    if (error !== controller.signal.reason) throw error;
    return null;
  });
}

/** Until it has had enough, or is told that it is not the holder any more. */
async function work({ world, client, book, fenced }: Contender, hold: Hold): Promise<void> {
  const { random } = world;
  // Some hold it for longer than a session lasts: they must be told when theirs is over.
  const maxMs = random.chance(0.1) ? 2 * client.client.negotiatedTimeoutMs : random.skewed(0, HOLD_MAX_MS);
  const endsMs = client.client.monotonicMs() + maxMs;
  do {
    if (!hold.isHeld()) return;
    book.used(client, hold.token);
    await fenced.write(client, hold);
    await world.sleep(random.skewed(1, HOLD_MAX_MS / 2), client);
  } while (client.client.monotonicMs() < endsMs && !world.isClosing);
}

async function childrenOf(fresh: Client, path: string): Promise<string[]> {
  return fresh.getChildren(path).then(
    ({ children }) => children,
    (error: unknown) => {
      if (error instanceof NoNodeError) return [];
      throw error;
    },
  );
}

function expected(world: TrialWorld, error: unknown): void {
  if (!(error instanceof KeeperError)) throw error;
  world.count(`error ${error.code}`);
}
