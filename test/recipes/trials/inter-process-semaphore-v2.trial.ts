import { InterProcessSemaphoreV2 } from '../../../src/recipes/index.js';
import { acquireSomehow, countExpected, nothingIsLeft, useForAWhile } from './acquire-somehow.js';
import { SharingBook } from './sharing-book.js';
import type { Trial, TrialClient, TrialWorld } from './trial.js';

const PATH = '/trial-semaphore/semaphore';
const PERMITS = 3;
const CLIENTS = 5;
const CONTENDERS = 2;

/** Callers who want one lease or several: never are more out than there are, and nobody waits for ever. */
export const trial: Trial = {
  name: 'InterProcessSemaphoreV2',
  play(world) {
    const book = new SharingBook<number>(world, PATH, ({ kind: count }, others) => {
      const out = others.reduce((sum, { kind }) => sum + kind, count);
      return out <= PERMITS ? null : `${out} of ${PERMITS} are out`;
    });
    for (let left = CLIENTS; left > 0; left--) {
      const client = world.client();
      const semaphore = new InterProcessSemaphoreV2(client.client, PATH, { permits: PERMITS });
      for (let more = CONTENDERS; more > 0; more--) {
        world.worker(client, () => contend({ world, client, semaphore, book }));
      }
    }
  },
  async judge(world, fresh) {
    await nothingIsLeft(world, fresh, `${PATH}/leases`);
    await nothingIsLeft(world, fresh, `${PATH}/locks`);
  },
};

interface Contender {
  readonly world: TrialWorld;
  readonly client: TrialClient;
  readonly semaphore: InterProcessSemaphoreV2;
  readonly book: SharingBook<number>;
}

async function contend({ world, client, semaphore, book }: Contender): Promise<void> {
  while (!world.isClosing) {
    await world.sleep(world.random.skewed(1, 500), client);
    const count = world.random.pick([1, 1, 2, PERMITS]);
    const leases = await acquireSomehow(world, client, {
      acquire: (wait) => semaphore.acquire({ ...wait, count }),
      tryAcquire: (wait) => semaphore.tryAcquire({ ...wait, count }),
    });
    if (leases === null) continue;
    book.follow(client, leases, count);
    const step = async (): Promise<void> => world.count('used');
    await useForAWhile(world, client, { isHeld: () => leases.isHeld(), step });
    await leases.release().catch((error: unknown) => countExpected(world, error));
  }
}
