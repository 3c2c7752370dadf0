import { InterProcessMutex, InterProcessReadWriteLock } from '../../../src/recipes/index.js';
import type { ContendedLock, Hold } from '../../../src/recipes/index.js';
import { acquireSomehow, countExpected, nothingIsLeft } from './acquire-somehow.js';
import { ExclusiveBook } from './exclusive-book.js';
import type { Trial, TrialClient, TrialWorld } from './trial.js';

const ROOT = '/trial-revocation';
const LOCKS = { mutex: `${ROOT}/mutex`, write: `${ROOT}/read-write` };
const CLIENTS = 4;
/** A request that was written is seen by then, or its holder has lost the lock. */
const SEEN_MAX_MS = 30_000;

/** Nodes that somebody has asked for, before the request is sent. */
type Asked = Set<string>;

/** Holders who keep a lock until they are asked for it: they hear of every request, of nothing else, and decide themselves. */
export const trial: Trial = {
  name: 'revocation',
  play(world) {
    const asked: Asked = new Set();
    const books = { mutex: new ExclusiveBook(world, LOCKS.mutex), write: new ExclusiveBook(world, LOCKS.write) };
    for (let left = CLIENTS; left > 0; left--) {
      const client = world.client();
      const mutex = new InterProcessMutex(client.client, LOCKS.mutex);
      const write = new InterProcessReadWriteLock(client.client, LOCKS.write).writeLock();
      world.worker(client, () => hold({ world, client, lock: mutex, book: books.mutex, asked }));
      world.worker(client, () => hold({ world, client, lock: write, book: books.write, asked }));
      world.worker(client, () => ask({ world, client, locks: [mutex, write], asked }));
    }
  },
  async judge(world, fresh) {
    await nothingIsLeft(world, fresh, LOCKS.mutex);
    await nothingIsLeft(world, fresh, LOCKS.write);
  },
};

interface Holder {
  readonly world: TrialWorld;
  readonly client: TrialClient;
  readonly lock: ContendedLock;
  readonly book: ExclusiveBook;
  readonly asked: Asked;
}

async function hold({ world, client, lock, book, asked }: Holder): Promise<void> {
  while (!world.isClosing) {
    await world.sleep(world.random.skewed(1, 500), client);
    const revocable = true;
    const held = await acquireSomehow(world, client, {
      acquire: (wait) => lock.acquire({ ...wait, revocable }),
      tryAcquire: (wait) => lock.tryAcquire({ ...wait, revocable }),
    });
    if (held === null) continue;
    book.follow(client, held);
    await untilAsked(world, client, held);
    if (held.revokeRequested.aborted) {
      world.count('asked to give it back');
      if (!asked.has(held.path)) world.violated(`${held.path} was asked for by nobody`);
      // Being asked takes nothing away.
      if (held.signal.aborted) world.count('lost meanwhile');
    }
    await held.release().catch((error: unknown) => countExpected(world, error));
  }
}

async function untilAsked(world: TrialWorld, client: TrialClient, held: Hold): Promise<void> {
  while (held.isHeld() && !held.revokeRequested.aborted && !world.isClosing) await world.sleep(20, client);
}

interface Asker {
  readonly world: TrialWorld;
  readonly client: TrialClient;
  readonly locks: readonly [ContendedLock, ContendedLock];
  readonly asked: Asked;
}

async function ask({ world, client, locks, asked }: Asker): Promise<void> {
  const { random } = world;
  while (!world.isClosing) {
    await world.sleep(random.skewed(100, 2000), client);
    try {
      const lock = random.pick(locks);
      const [holder] = await lock.participants({ timeoutMs: 5000 });
      if (holder === undefined) continue;
      if (random.chance(0.3)) {
        // Something that is no request.
        await client.client.setData(holder, 'good morning', { timeoutMs: 5000 });
        continue;
      }
      asked.add(holder);
      await InterProcessMutex.revoke(client.client, holder, { timeoutMs: 5000 });
      world.count('request');
      await isHeard(world, client, { lock, holder });
    } catch (error) {
      countExpected(world, error);
    }
  }
}

/** Whoever is asked has left the line some time later, one way or the other. */
async function isHeard(
  world: TrialWorld,
  client: TrialClient,
  { lock, holder }: { readonly lock: ContendedLock; readonly holder: string },
): Promise<void> {
  await world.sleep(SEEN_MAX_MS, client);
  if (world.isClosing) return;
  const line = await lock.participants({ timeoutMs: 5000 });
  if (line.includes(holder)) world.violated(`${holder} was asked for and is still held after ${SEEN_MAX_MS} ms`);
}
