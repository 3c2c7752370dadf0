import { InterProcessMultiLock, InterProcessMutex } from '../../../src/recipes/index.js';
import type { HoldSet } from '../../../src/recipes/index.js';
import { acquireSomehow, countExpected, nothingIsLeft, useForAWhile } from './acquire-somehow.js';
import { ExclusiveBook } from './exclusive-book.js';
import { FencedNode } from './fenced-node.js';
import type { Trial, TrialClient, TrialWorld } from './trial.js';

const ROOT = '/trial-multi';
const PATHS = ['a', 'b', 'c', 'd'].map((name) => `${ROOT}/${name}`);
const CLIENTS = 5;
const CONTENDERS = 2;

interface Books {
  readonly exclusive: ReadonlyMap<string, ExclusiveBook>;
  readonly fenced: ReadonlyMap<string, FencedNode>;
}

/** Callers who want some of several locks, named in any order: all of them or none, each held by one, and no deadlock. */
export function trial(): Trial {
  let books: Books;
  return {
    name: 'InterProcessMultiLock',
    play(world) {
      books = {
        exclusive: new Map(PATHS.map((path) => [path, new ExclusiveBook(world, path)])),
        fenced: new Map(PATHS.map((path) => [path, new FencedNode(world, `${path}-fenced`)])),
      };
      for (let left = CLIENTS; left > 0; left--) {
        const client = world.client();
        for (let more = CONTENDERS; more > 0; more--) world.worker(client, () => contend(world, client, books));
      }
    },
    async judge(world, fresh) {
      for (const fenced of books.fenced.values()) fenced.judge();
      for (const path of PATHS) await nothingIsLeft(world, fresh, path);
    },
  };
}

async function contend(world: TrialWorld, client: TrialClient, books: Books): Promise<void> {
  while (!world.isClosing) {
    await world.sleep(world.random.skewed(1, 500), client);
    const lock = new InterProcessMultiLock(client.client, someLocks(world, client));
    const set = await acquireSomehow(world, client, lock);
    if (set === null) continue;
    if (set.holds.length !== lock.paths.length)
      world.violated(`${set.holds.length} of ${lock.paths.join(', ')} are held`);
    set.holds.forEach((hold, at) => books.exclusive.get(lock.paths[at]!)?.follow(client, hold));
    await useForAWhile(world, client, { isHeld: () => set.isHeld(), step: () => write(set, { lock, client, books }) });
    await set.release().catch((error: unknown) => countExpected(world, error));
  }
}

/** Some are given as paths and some as locks. */
function someLocks({ random }: TrialWorld, { client }: TrialClient): (string | InterProcessMutex)[] {
  const wanted = PATHS.filter(() => random.chance(0.5));
  if (wanted.length === 0) wanted.push(random.pick([...PATHS] as [string, ...string[]]));
  if (random.chance(0.5)) wanted.reverse();
  return wanted.map((path) => (random.chance(0.5) ? path : new InterProcessMutex(client, path)));
}

interface Writer {
  readonly lock: InterProcessMultiLock;
  readonly client: TrialClient;
  readonly books: Books;
}

/** Each node with the token of its own lock, and the guards of all. */
async function write(set: HoldSet, { lock, client, books }: Writer): Promise<void> {
  for (const [at, { token }] of set.holds.entries()) {
    const path = lock.paths[at]!;
    if (!set.isHeld()) return;
    books.exclusive.get(path)?.used(client, token);
    await books.fenced.get(path)?.write(client, { token, transaction: () => set.holds[at]!.transaction() });
  }
}
