import type { Client } from '../../../src/client/index.js';
import { KeeperError, OutcomeUnknownError } from '../../../src/client/index.js';
import { LockLostError } from '../../../src/recipes/index.js';
import type { QueueItem, QueueOptions } from '../../../src/recipes/index.js';
import { nothingIsLeft } from './acquire-somehow.js';
import { QueueBook } from './queue-book.js';
import type { Trial, TrialClient, TrialWorld } from './trial.js';

/** What all the queues have. */
interface AnyQueue {
  start(): Promise<void>;
  size(): Promise<number>;
  items(options: object): AsyncGenerator<QueueItem<Buffer | string | Uint8Array>, void, undefined>;
}

export interface Where {
  readonly world: TrialWorld;
  readonly client: TrialClient;
}

export interface QueuePlay<Queue extends AnyQueue> {
  readonly name: string;
  /** Of the queue. */
  readonly path: string;
  readonly mode: 'at-least-once' | 'at-most-once';
  readonly make: (client: Client, options: QueueOptions<Buffer | string | Uint8Array>) => Queue;
  readonly put: (queue: Queue, id: string, where: Where) => Promise<void>;
  /** What else is to be true of a delivery. */
  readonly check?: (delivery: { world: TrialWorld; client: TrialClient; name: string; id: string }) => void;
}

interface Party<Queue extends AnyQueue> {
  readonly play: QueuePlay<Queue>;
  readonly world: TrialWorld;
  readonly client: TrialClient;
  readonly book: QueueBook;
  readonly queue: Queue;
  /** Who may still put something. */
  readonly producing: Set<TrialClient>;
}

const CLIENTS = 5;
const CONSUMERS = 2;
/** So many are soon taken, also where each step takes a tenth of a second. */
const ITEMS_MAX = 10;

/** Producers and consumers, of whom some die; in the end everything that was put has been taken, once. */
export function queueTrial<Queue extends AnyQueue>(play: QueuePlay<Queue>): Trial {
  let book: QueueBook;
  /** Takings begun and not ended, of whoever died. */
  const taking = new Map<TrialClient, number>();
  return {
    name: play.name,
    play(world) {
      book = new QueueBook(world);
      const producing = new Set<TrialClient>();
      for (let left = CLIENTS; left > 0; left--) {
        const client = world.client();
        const onError = (error: unknown): void => doubt(world, book, error);
        const queue = play.make(client.client, {
          exactlyOnce: world.random.chance(0.3),
          maxItems: ITEMS_MAX,
          onError,
        });
        const party = { play, world, client, book, queue, producing };
        producing.add(client);
        world.worker(client, () => produce(party));
        taking.set(client, CONSUMERS);
        for (let more = CONSUMERS; more > 0; more--) {
          world.worker(client, async () => {
            await consume(party);
            taking.set(client, (taking.get(client) ?? 0) - 1);
          });
        }
      }
    },
    async judge(world, fresh) {
      const { path } = play;
      const isLossy = play.mode === 'at-most-once';
      book.judge(isLossy ? [...taking.values()].reduce((sum, count) => sum + count, 0) : 0);
      const beside = ['', '-locks', '-takers', '-putters', '-outcomes', '-corrupt'];
      for (const each of beside) await nothingIsLeft(world, fresh, `${path}${each}`);
    },
  };
}

async function produce<Queue extends AnyQueue>({
  play,
  world,
  client,
  book,
  queue,
  producing,
}: Party<Queue>): Promise<void> {
  while (!world.isClosing) {
    await world.sleep(world.random.skewed(1, 2000), client);
    const id = book.newItem();
    await tolerating(world, async () => {
      await play.put(queue, id, { world, client });
      book.put(id);
    });
  }
  producing.delete(client);
}

async function consume<Queue extends AnyQueue>(party: Party<Queue>): Promise<void> {
  const { world, client, queue, play } = party;
  const { random } = world;
  const stopping = new AbortController();
  let isStopped = false;
  const stopped = stopWhenEmpty(party).then(() => {
    isStopped = true;
    stopping.abort();
  });
  // At the end it goes on until nothing is left, whoever has put it.
  while (!isStopped) {
    await tolerating(world, async () => {
      const concurrency = random.chance(0.7) ? 1 : 3;
      const works: Promise<void>[] = [];
      for await (const item of queue.items({ concurrency, mode: play.mode, signal: stopping.signal })) {
        const work = handle(party, item);
        works.push(work);
        if (concurrency === 1) await work;
        else work.catch(() => undefined);
        if (random.chance(0.05)) break;
      }
      await Promise.all(works);
    });
    await world.sleep(1, client);
  }
  await stopped;
}

async function stopWhenEmpty<Queue extends AnyQueue>({ world, client, queue, producing }: Party<Queue>): Promise<void> {
  for (;;) {
    await world.sleep(500, client);
    if (!world.isClosing || [...producing].some(({ isDead }) => !isDead)) continue;
    if ((await queue.size().catch(() => 1)) === 0) return;
  }
}

async function handle<Queue extends AnyQueue>(
  { play, world, client, book }: Party<Queue>,
  item: QueueItem<Buffer | string | Uint8Array>,
): Promise<void> {
  const id = String(item.value);
  play.check?.({ world, client, name: item.name, id });
  if (play.mode === 'at-most-once') return book.deliveredForGood(client, id);
  return workAt({ world, client, book }, item);
}

/** Takes a while over an item that was delivered at least once, and settles it in one of the ways there are. */
export async function workAt(
  { world, client, book }: Where & { readonly book: QueueBook },
  item: QueueItem<Buffer | string | Uint8Array>,
): Promise<void> {
  const { random } = world;
  const id = String(item.value);
  book.delivered(client, id, item);
  await world.sleep(random.skewed(0, random.chance(0.05) ? 10_000 : 300), client);
  await tolerating(world, async () => {
    if (!world.isClosing && random.chance(0.15)) {
      // Done as soon as it is begun: another one may have it before there is an answer.
      book.givenBack(client, id, item);
      return item.nack({ delayMs: random.chance(0.5) ? 0 : 700 });
    }
    if (!world.isClosing && random.chance(0.1)) return item.release();
    try {
      await book.acking(id, () => item.ack());
      book.acked(client, id);
    } catch (error) {
      if (error instanceof OutcomeUnknownError) book.inDoubt(id);
      throw error;
    }
  });
}

/** Errors of the client are part of life; that something is in doubt is said in one way only. */
export async function tolerating(world: TrialWorld, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof KeeperError)) throw error;
    world.count(`error ${error.code}`);
    if (error.ambiguous && !(error instanceof OutcomeUnknownError))
      world.violated(`told to be in doubt: ${error.message}`);
  }
}

/** Of an item that was taken at most once, or put back after a while. */
function doubt(world: TrialWorld, book: QueueBook, error: unknown): void {
  if (error instanceof OutcomeUnknownError) book.inDoubt(String(error.attempted));
  else if (error instanceof LockLostError) world.count(`error ${error.code}`);
  else world.violated(`onError: ${String(error)}`);
}
