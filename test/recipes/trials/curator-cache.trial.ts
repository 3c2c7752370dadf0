import { KeeperError } from '../../../src/client/index.js';
import { CuratorCache } from '../../../src/recipes/caches/index.js';
import { contents, contentsOf, Mirror } from '../caches/mirror.js';
import { attempt, comesAbout, insistOn } from './insist.js';
import type { Trial, TrialClient, TrialWorld } from './trial.js';

const ROOT = '/trial-curator-cache/tree';
const READERS = 3;
const WRITERS = 3;
const NAMES = 12;
/** Made once and never deleted: a cache that is ready has them. */
const STEADY = 25;
const READER_LIFE_MAX_MS = 20_000;
const WRITER_LIFE_MAX_MS = 60_000;

interface Book {
  isMade: boolean;
}

/** Writers change a tree in every way there is; readers of caches must know all of it in the end, and only what is so. */
export function trial(): Trial {
  const book: Book = { isMade: false };
  return {
    name: 'CuratorCache',
    play(world) {
      for (let left = WRITERS; left > 0; left--) {
        const writer = world.client();
        world.worker(writer, () => write(world, writer, book));
      }
      for (let left = READERS; left > 0; left--) {
        const reader = world.client();
        world.worker(reader, () => read(world, reader, book));
      }
    },
  };
}

async function write(world: TrialWorld, writer: TrialClient, book: Book): Promise<void> {
  for (let i = 0; i < STEADY; i += 1) await insistOn(world, writer, `${ROOT}/steady/${i}`);
  book.isMade = true;
  let count = 0;
  // What is changed last is changed while things still break: nothing later makes up for what was missed.
  const endMs = writer.client.monotonicMs() + world.random.between(WRITER_LIFE_MAX_MS / 3, WRITER_LIFE_MAX_MS);
  while (!world.isClosing && writer.client.monotonicMs() < endMs) {
    await world.sleep(world.random.skewed(1, 400), writer);
    const done = await attempt(world, () => change(world, writer, `${writer.name} ${(count += 1)}`));
    if (done !== null) world.count('change');
  }
}

async function change({ random }: TrialWorld, { client }: TrialClient, text: string): Promise<unknown> {
  const parent = `${ROOT}/${random.below(NAMES)}`;
  const path = random.chance(0.3) ? parent : `${parent}/${random.below(NAMES)}`;
  const what = random.float();
  if (what < 0.35) return client.create(path, text);
  if (what < 0.6) return client.setData(path, text);
  if (what < 0.85) return client.delete(path);
  return client.transaction().delete(path).create(path, text).commit();
}

/** Keeps a cache for a while, then another one. */
async function read(world: TrialWorld, reader: TrialClient, book: Book): Promise<void> {
  while (!world.isClosing) {
    // Made by others: a server that lags need not have it before a sync.
    const isMade = book.isMade && (await attempt(world, async () => (await reader.client.sync(ROOT), true))) === true;
    const eventsMax = world.random.chance(0.3) ? 5 : 1000;
    await using cache = new CuratorCache(reader.client, ROOT, { eventsMax, readsInFlightMax: 8 });
    const mirror = new Mirror(cache);
    mirror.done.catch((error: unknown) => world.violated(String(error)));
    if ((await attempt(world, async () => (await cache.ready({ timeoutMs: 30_000 }), true))) !== true) continue;
    world.count('ready');
    const steady = cache.children(`${ROOT}/steady`).size;
    if (isMade && steady !== STEADY) world.violated(`${reader.name} was ready with ${steady} of ${STEADY} nodes`);
    const lifeMs = world.random.chance(0.2) ? Infinity : world.random.skewed(10, READER_LIFE_MAX_MS);
    const endMs = reader.client.monotonicMs() + lifeMs;
    while (!world.isClosing && reader.client.monotonicMs() < endMs) await world.sleep(50, reader);
    if (!world.isClosing) continue;
    await comesAbout(world, reader, { what: 'the copy is the tree', isSo: () => isTheTree(reader, cache, mirror) });
  }
}

async function isTheTree({ client }: TrialClient, cache: CuratorCache, mirror: Mirror): Promise<boolean> {
  const tree = await contentsOf(client, ROOT).catch((error: unknown) => {
    // It changes while it is read.
    if (error instanceof KeeperError) return null;
    throw error;
  });
  const [copy, told] = [contents(cache.entries()), contents(mirror.nodes)];
  return tree !== null && tree.join('\n') === copy.join('\n') && copy.join('\n') === told.join('\n');
}
