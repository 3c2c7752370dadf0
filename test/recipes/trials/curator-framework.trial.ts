import type { Client } from '../../../src/client/index.js';
import { CuratorFramework, KeeperError, retryUntilElapsed } from '../../../src/client/index.js';
import type { Trial, TrialClient, TrialWorld } from './trial.js';

const ROOT = '/trial-curator-framework';
const ITEMS = `${ROOT}/items`;
const CLIENTS = 4;
const WAIT_MAX_MS = 15_000;

interface Books {
  /** Paths of protected creates that were told as done. */
  readonly made: Map<string, TrialClient>;
  /** Who has called off or been refused one: nothing of it may stay while its client lives. */
  readonly clients: Map<string, TrialClient>;
}

/** Writers of nodes of their own, who know at each step what must be there; and creates that are found again. */
export function trial(): Trial {
  const books: Books = { made: new Map(), clients: new Map() };
  return {
    name: 'CuratorFramework',
    play(world) {
      for (let at = 0; at < CLIENTS; at++) {
        const client = world.client();
        const retryPolicy = retryUntilElapsed({ maxElapsedMs: 10_000, sleepMs: 100 });
        const framework = new CuratorFramework(client.client, { retryPolicy });
        books.clients.set(client.name, client);
        world.worker(client, () => write(world, client, framework));
        world.worker(client, () => make({ world, client, framework, books }));
      }
    },
    judge: (world, fresh) => judge(world, fresh, books),
  };
}

/** A counter that only it writes: after a success it is what was written, after an error that or what was before. */
async function write(world: TrialWorld, client: TrialClient, framework: CuratorFramework): Promise<void> {
  const path = `${ROOT}/counters/${client.name}`;
  let possible = new Set([-1]);
  let next = 0;
  while (!world.isClosing) {
    await world.sleep(world.random.skewed(1, 400), client);
    try {
      await framework.create(path, '-1', { parents: 'container', orSetData: false, idempotent: true });
    } catch (error) {
      expected(world, error);
    }
    try {
      await framework.sync(path, { timeoutMs: WAIT_MAX_MS });
      const { data, stat } = await framework.getData(path, { timeoutMs: WAIT_MAX_MS });
      const found = Number(data?.toString());
      if (!possible.has(found)) world.violated(`${path} is ${found}, and not one of ${[...possible].join(', ')}`);
      possible = new Set([found]);
      const isSure = world.random.chance(0.5);
      possible.add(next);
      const written = next++;
      await framework.setData(path, `${written}`, {
        version: stat.version,
        idempotent: isSure,
        timeoutMs: WAIT_MAX_MS,
      });
      possible = new Set([written]);
      world.count('set');
    } catch (error) {
      expected(world, error);
    }
  }
}

async function make({
  world,
  client,
  framework,
  books,
}: {
  readonly world: TrialWorld;
  readonly client: TrialClient;
  readonly framework: CuratorFramework;
  readonly books: Books;
}): Promise<void> {
  while (!world.isClosing) {
    await world.sleep(world.random.skewed(1, 600), client);
    try {
      const timeoutMs = world.random.chance(0.3) ? world.random.between(1, 400) : WAIT_MAX_MS;
      const options = { mode: 'persistent-sequential', protected: true, parents: 'container', timeoutMs } as const;
      const { path } = await framework.create(`${ITEMS}/item-`, client.name, options);
      if (books.made.has(path)) world.violated(`${path} was made twice`);
      books.made.set(path, client);
      world.count('created');
    } catch (error) {
      expected(world, error);
    }
  }
}

/** Of the living, exactly what they were told is there. */
async function judge(world: TrialWorld, fresh: Client, books: Books): Promise<void> {
  const { stat } = await fresh.exists(ITEMS);
  const { children } = stat === null ? { children: [] } : await fresh.getChildren(ITEMS);
  const there = new Set(children.map((name) => `${ITEMS}/${name}`));
  for (const path of books.made.keys())
    if (!there.has(path)) world.violated(`${path} was told as made, and is not there`);
  for (const path of there) {
    if (books.made.has(path)) continue;
    const { data } = await fresh.getData(path);
    const owner = books.clients.get(data?.toString() ?? '');
    if (owner?.isDead === false) world.violated(`${path} of ${owner.name} is there, and nobody was told`);
  }
}

function expected(world: TrialWorld, error: unknown): void {
  if (!(error instanceof KeeperError)) throw error;
  world.count(`error ${error.code}`);
}
