import type { Client } from '../../../src/client/index.js';
import { KeeperError } from '../../../src/client/index.js';
import { DistributedQueue, QueueSharder } from '../../../src/recipes/index.js';
import { nothingIsLeft } from './acquire-somehow.js';
import { comesAbout, namesBelow } from './insist.js';
import { QueueBook } from './queue-book.js';
import { tolerating, workAt } from './queue-play.js';
import type { Trial, TrialClient, TrialWorld } from './trial.js';

const ROOT = '/trial-queue-sharder';
const QUEUES = `${ROOT}/queues`;
const LEADER = `${ROOT}/leader`;
const CLIENTS = 4;
/** Less than there are clients, who all may want to make the first. */
const SHARDS_MAX = 3;
const SHARD_FULL = 4;
const CHECK_MS = 500;

type Sharder = QueueSharder<DistributedQueue>;

interface Party {
  readonly world: TrialWorld;
  readonly client: TrialClient;
  readonly book: QueueBook;
  readonly exactlyOnce: boolean;
  /** Who may still put something. */
  readonly producing: Set<TrialClient>;
}

/**
 * Items go through shards, of which one is added when all are full, as long as somebody can, and never one too many; in the
 * end everybody knows all of them, and whatever was put was taken, once.
 */
export function trial(): Trial {
  let book: QueueBook;
  return {
    name: 'QueueSharder',
    play(world) {
      book = new QueueBook(world);
      const producing = new Set<TrialClient>();
      for (let left = CLIENTS; left > 0; left--) {
        const client = world.client();
        producing.add(client);
        const party = { world, client, book, producing, exactlyOnce: world.random.chance(0.3) };
        world.worker(client, () => takePart(party));
      }
    },
    async judge(world, fresh) {
      book.judge();
      const shards = await namesBelow(fresh, QUEUES);
      if (shards.length > SHARDS_MAX) world.violated(`there are ${shards.length} shards: ${shards.join(', ')}`);
      for (const shard of shards) {
        await nothingIsLeft(world, fresh, `${QUEUES}/${shard}`);
        for (const beside of ['-locks', '-takers', '-outcomes', '-corrupt']) {
          await nothingIsLeft(world, fresh, `${QUEUES}-shards/${shard}${beside}`);
        }
      }
      await nothingIsLeft(world, fresh, LEADER);
    },
  };
}

async function takePart(party: Party): Promise<void> {
  const { world, client, producing } = party;
  const sharder = await started(party);
  await Promise.all([produce(party, sharder), consumeAll(party, sharder, () => Promise.resolve(world.isClosing))]);
  // Nobody takes anything now, so that all shards there are become full.
  await comesAbout(world, client, {
    what: 'there are as many shards as there may be',
    isSo: async () => {
      if (sharder.shardCount >= SHARDS_MAX) return true;
      await put(party, sharder);
      return false;
    },
  });
  producing.delete(client);
  await consumeAll(party, sharder, async () => {
    if ([...producing].some(({ isDead }) => !isDead)) return false;
    const sizes = await Promise.all(sharder.queues().map((queue) => queue.size()));
    return sizes.every((size) => size === 0);
  });
  await sharder.close();
}

/** When a start fails, another sharder is started. */
async function started(party: Party): Promise<Sharder> {
  const { world, client } = party;
  for (;;) {
    const sharder = sharderOf(party, client.client);
    try {
      await sharder.start(world.random.chance(0.5) ? {} : { timeoutMs: world.random.between(10, 5000) });
      return sharder;
    } catch (error) {
      if (!(error instanceof KeeperError)) throw error;
      world.count(`error ${error.code}`);
      await sharder.close();
    }
    await world.sleep(100, client);
  }
}

function sharderOf({ world, book, exactlyOnce }: Party, client: Client): Sharder {
  const onError = (error: unknown): void => {
    if (error instanceof KeeperError) world.count(`error ${error.code}`);
    else world.violated(`onError: ${String(error)}`);
    if (error instanceof KeeperError && error.code === 'OUTCOME_UNKNOWN') {
      book.inDoubt(String((error as { attempted?: unknown }).attempted));
    }
  };
  return new QueueSharder(client, {
    queuePath: QUEUES,
    leaderPath: LEADER,
    newQueueThreshold: SHARD_FULL,
    thresholdCheckMs: CHECK_MS,
    maxQueues: SHARDS_MAX,
    onError,
    open: (each, path, options) => new DistributedQueue(each, path, { ...options, exactlyOnce, onError }),
  });
}

async function produce(party: Party, sharder: Sharder): Promise<void> {
  const { world, client } = party;
  while (!world.isClosing) {
    await world.sleep(world.random.between(100, 3000), client);
    await put(party, sharder);
    if (sharder.shardCount > SHARDS_MAX) world.violated(`${client.name} knows of ${sharder.shardCount} shards`);
  }
}

async function put({ world, book }: Party, sharder: Sharder): Promise<void> {
  const id = book.newItem();
  await tolerating(world, async () => {
    await sharder.queue().put(id);
    book.put(id);
  });
}

/** One consumer for each shard, as soon as it is known. */
async function consumeAll(party: Party, sharder: Sharder, isOver: () => Promise<boolean>): Promise<void> {
  const { world, client } = party;
  const stopping = new AbortController();
  const consumers = new Map<DistributedQueue, Promise<void>>();
  for (;;) {
    for (const queue of sharder.queues()) {
      if (!consumers.has(queue)) consumers.set(queue, consume(party, queue, stopping.signal));
    }
    if (await isOver().catch(() => false)) break;
    await world.sleep(CHECK_MS, client);
  }
  stopping.abort();
  await Promise.all(consumers.values());
}

async function consume(party: Party, queue: DistributedQueue, signal: AbortSignal): Promise<void> {
  const { world, client } = party;
  while (!signal.aborted) {
    await tolerating(world, async () => {
      for await (const item of queue.items({ signal })) await workAt(party, item);
    });
    await world.sleep(1, client);
  }
}
