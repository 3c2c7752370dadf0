import { KeeperError, NoNodeError } from '../../../src/client/index.js';
import { PersistentWatcher } from '../../../src/recipes/nodes/index.js';
import { attempt, comesAbout } from './insist.js';
import type { Trial, TrialClient, TrialWorld } from './trial.js';

const ROOT = '/trial-persistent-watcher';
const PATH = `${ROOT}/node`;
const READERS = 3;
const WRITERS = 2;
const LIFE_MAX_MS = 25_000;
const WRITER_LIFE_MAX_MS = 60_000;

/** Readers who look at a node when they are told to, and at no other time, know how it is in the end. */
export function trial(): Trial {
  return {
    name: 'PersistentWatcher',
    play(world) {
      for (let left = WRITERS; left > 0; left--) {
        const writer = world.client();
        world.worker(writer, () => write(world, writer));
      }
      for (let left = READERS; left > 0; left--) {
        const reader = world.client();
        world.worker(reader, () => read(world, reader));
      }
    },
  };
}

async function write(world: TrialWorld, writer: TrialClient): Promise<void> {
  const { client } = writer;
  await attempt(world, () => client.create(ROOT));
  // What is changed last is changed while things still break: nothing later makes up for what was missed.
  const endMs = client.monotonicMs() + world.random.between(WRITER_LIFE_MAX_MS / 3, WRITER_LIFE_MAX_MS);
  for (let count = 0; !world.isClosing && client.monotonicMs() < endMs; count += 1) {
    await world.sleep(world.random.skewed(1, 600), writer);
    const text = `${writer.name} ${count}`;
    const what = world.random.float();
    const done = await attempt(world, async () => {
      if (what < 0.5) await client.setData(PATH, text);
      else if (what < 0.8) await client.create(PATH, text);
      else await client.delete(PATH);
      return true;
    });
    if (done !== null) world.count('change');
    else await attempt(world, () => client.create(ROOT));
  }
}

async function read(world: TrialWorld, reader: TrialClient): Promise<void> {
  const { client } = reader;
  while (!world.isClosing) {
    const recursive = world.random.chance(0.5);
    await using watcher = new PersistentWatcher(client, recursive ? ROOT : PATH, { recursive, eventsMax: 3 });
    let known = 'nothing';
    const follow = async (): Promise<void> => {
      for await (const _ of watcher.events()) {
        world.count('told');
        // Until there is an answer: nobody tells twice.
        for (let state: string | null = null; state === null;) {
          state = await stateOf(reader).catch((error: unknown) => {
            if (!(error instanceof KeeperError) || error.code === 'CLOSED') throw error;
            return null;
          });
          known = state ?? known;
        }
      }
    };
    const following = follow();
    following.catch((error: unknown) => world.violated(`a reader of events failed: ${String(error)}`));
    const lifeMs = world.random.chance(0.4) ? Infinity : world.random.skewed(10, LIFE_MAX_MS);
    const endMs = client.monotonicMs() + lifeMs;
    while (!world.isClosing && client.monotonicMs() < endMs) await world.sleep(50, reader);
    if (world.isClosing) {
      const isSo = async (): Promise<boolean> => {
        await client.sync(ROOT);
        return (await stateOf(reader)) === known;
      };
      await comesAbout(world, reader, { what: 'it knows what it was told of', isSo });
    }
    await watcher.close();
    await following.catch(() => undefined);
  }
}

async function stateOf({ client }: TrialClient): Promise<string> {
  try {
    const { data, stat } = await client.getData(PATH);
    return `${stat.czxid} ${stat.mzxid} ${String(data)}`;
  } catch (error) {
    if (error instanceof NoNodeError) return 'missing';
    throw error;
  }
}
