import { KeeperError, OutcomeUnknownError } from '../../../src/client/index.js';
import { SimpleDistributedQueue } from '../../../src/recipes/index.js';
import { nothingIsLeft } from './acquire-somehow.js';
import { QueueBook } from './queue-book.js';
import type { Trial, TrialClient, TrialWorld } from './trial.js';

const PATH = '/trial-simple-queue/items';
const CLIENTS = 5;
const TAKERS = 2;

interface Party {
  readonly world: TrialWorld;
  readonly client: TrialClient;
  readonly queue: SimpleDistributedQueue;
  readonly book: QueueBook;
  /** Who may still offer something. */
  readonly offering: Set<TrialClient>;
}

/** Everything that is offered is taken by one, and by nobody else; lost is only what a process had in hand that died. */
export function trial(): Trial {
  let book: QueueBook;
  const taking = new Map<TrialClient, number>();
  return {
    name: 'SimpleDistributedQueue',
    play(world) {
      book = new QueueBook(world);
      const offering = new Set<TrialClient>();
      for (let left = CLIENTS; left > 0; left--) {
        const client = world.client();
        const queue = new SimpleDistributedQueue(client.client, PATH, { exactlyOnce: world.random.chance(0.3) });
        const party = { world, client, queue, book, offering };
        taking.set(client, TAKERS);
        offering.add(client);
        world.worker(client, () => offer(party));
        for (let more = TAKERS; more > 0; more--) {
          world.worker(client, async () => {
            await take(party);
            taking.set(client, (taking.get(client) ?? 0) - 1);
          });
        }
      }
    },
    async judge(world, fresh) {
      book.judge([...taking.values()].reduce((sum, count) => sum + count, 0));
      for (const beside of ['', '-takers', '-outcomes']) await nothingIsLeft(world, fresh, `${PATH}${beside}`);
    },
  };
}

async function offer({ world, client, queue, book, offering }: Party): Promise<void> {
  while (!world.isClosing) {
    await world.sleep(world.random.skewed(1, 2000), client);
    const id = book.newItem();
    try {
      await queue.offer(id);
      book.put(id);
    } catch (error) {
      if (!(error instanceof KeeperError)) throw error;
      world.count(`error ${error.code}`);
    }
  }
  offering.delete(client);
}

async function take({ world, client, queue, book, offering }: Party): Promise<void> {
  for (;;) {
    const isLast = world.isClosing && ![...offering].some(({ isDead }) => !isDead);
    try {
      const bytes = world.random.chance(0.5) && !isLast ? await queue.take({ timeoutMs: 2000 }) : await queue.poll();
      if (bytes !== null) book.deliveredForGood(client, bytes.toString());
      else if (isLast) {
        return;
      }
    } catch (error) {
      if (!(error instanceof KeeperError)) throw error;
      world.count(`error ${error.code}`);
      if (error instanceof OutcomeUnknownError) book.inDoubt(String(error.attempted));
      else if (error.ambiguous) world.violated(`told to be in doubt: ${error.message}`);
    }
    await world.sleep(world.random.skewed(1, 500), client);
  }
}
