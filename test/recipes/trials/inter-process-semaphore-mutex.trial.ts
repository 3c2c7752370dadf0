import { InterProcessSemaphoreMutex } from '../../../src/recipes/index.js';
import { acquireSomehow, countExpected, nothingIsLeft, useForAWhile } from './acquire-somehow.js';
import { ExclusiveBook } from './exclusive-book.js';
import { FencedNode } from './fenced-node.js';
import type { Trial } from './trial.js';

const ROOT = '/trial-semaphore-mutex';
const LOCK = `${ROOT}/lock`;
const CLIENTS = 5;
const CONTENDERS = 2;

/** A lock made of a semaphore is a lock: one at a time, and tokens that grow. */
export function trial(): Trial {
  let fenced: FencedNode;
  return {
    name: 'InterProcessSemaphoreMutex',
    play(world) {
      const book = new ExclusiveBook(world, LOCK);
      fenced = new FencedNode(world, `${ROOT}/fenced`);
      for (let left = CLIENTS; left > 0; left--) {
        const client = world.client();
        const lock = new InterProcessSemaphoreMutex(client.client, LOCK);
        const contend = async (): Promise<void> => {
          while (!world.isClosing) {
            await world.sleep(world.random.skewed(1, 500), client);
            const hold = await acquireSomehow(world, client, lock);
            if (hold === null) continue;
            book.follow(client, hold);
            const step = (): Promise<void> => {
              book.used(client, hold.token);
              return fenced.write(client, hold);
            };
            await useForAWhile(world, client, { isHeld: () => hold.isHeld(), step });
            await hold.release().catch((error: unknown) => countExpected(world, error));
          }
        };
        for (let more = CONTENDERS; more > 0; more--) world.worker(client, contend);
      }
    },
    async judge(world, fresh) {
      fenced.judge();
      await nothingIsLeft(world, fresh, `${LOCK}/leases`);
      await nothingIsLeft(world, fresh, `${LOCK}/locks`);
    },
  };
}
