import { InterProcessMutex } from '../../../src/recipes/index.js';
import { acquireSomehow, countExpected, nothingIsLeft, useForAWhile } from './acquire-somehow.js';
import { ExclusiveBook } from './exclusive-book.js';
import { FencedNode } from './fenced-node.js';
import type { Trial, TrialClient, TrialWorld } from './trial.js';

const ROOT = '/trial-mutex';
const LOCK = `${ROOT}/lock`;
const CLIENTS = 5;
const CONTENDERS = 2;

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
      await nothingIsLeft(world, fresh, LOCK);
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

async function contend({ world, client, mutex, book, fenced }: Contender): Promise<void> {
  while (!world.isClosing) {
    await world.sleep(world.random.skewed(1, 500), client);
    const hold = await acquireSomehow(world, client, mutex);
    if (hold === null) continue;
    book.follow(client, hold);
    const step = (): Promise<void> => {
      book.used(client, hold.token);
      return fenced.write(client, hold);
    };
    await useForAWhile(world, client, { isHeld: () => hold.isHeld(), step });
    await hold.release().catch((error: unknown) => countExpected(world, error));
  }
}
