import fc from 'fast-check';
import { expect, it } from 'vitest';
import { KeeperError } from '../../../src/client/index.js';
import { InterProcessMutex } from '../../../src/recipes/index.js';
import type { Hold } from '../../../src/recipes/index.js';
import type { ModelClient } from '../model/model-client.js';
import { World } from '../model/world.js';

const PATH = '/locks/a';
const CLIENTS = 4;
const RUN_MS = 120_000;
const OPS_THAT_MAY_BE_LOST = ['create', 'delete', 'getChildren', 'getData', 'sync', 'exists', 'removeWatches'];

/** What happened, for the checks and for a reader of a failure. */
class History {
  readonly holds: Hold[] = [];
  readonly overlaps: string[] = [];
  granted = 0;

  grant(hold: Hold, nowMs: number): void {
    this.granted += 1;
    for (const other of this.holds) {
      if (!other.signal.aborted) this.overlaps.push(`${nowMs}: ${hold.path} while ${other.path}`);
      if (other.token >= hold.token) this.overlaps.push(`${nowMs}: token ${hold.token} after ${other.token}`);
    }
    this.holds.push(hold);
  }
}

/** One process: it wants the lock again and again, at times loses patience, and keeps it for a while. */
async function contend(world: World, client: ModelClient, history: History): Promise<void> {
  const { random, time } = world;
  const mutex = new InterProcessMutex(client.keeper, PATH);
  while (time.monotonicMs() < RUN_MS && client.state !== 'closed') {
    const abort = new AbortController();
    if (random.float() < 0.4) time.after(random.between(0, 4000), () => abort.abort(new Error('no patience')));
    const revocable = random.float() < 0.2;
    const options = { signal: abort.signal, revocable };
    const hold = await (random.float() < 0.2 ? mutex.tryAcquire(options) : mutex.acquire(options)).catch(expected);
    if (hold) {
      history.grant(hold, time.monotonicMs());
      // At times far longer than a session lasts without contact.
      await passes(world, random.between(0, random.float() < 0.8 ? 2000 : 20_000));
      await hold.release();
    }
    await passes(world, random.between(0, 500));
  }
}

function expected(error: unknown): null {
  if (error instanceof KeeperError || (error instanceof Error && error.message === 'no patience')) return null;
  throw error;
}

function passes(world: World, ms: number): Promise<void> {
  return new Promise((resolve) => world.time.after(ms, resolve));
}

/**
 * Faults of every kind, at times the seed chooses; links heal again. Sessions end by silence only: when an operator ends
 * one by hand, its holder cannot know before the server tells.
 */
async function trouble(world: World, client: ModelClient): Promise<void> {
  const { random, time } = world;
  while (time.monotonicMs() < RUN_MS) {
    await passes(world, random.between(0, 8000));
    const kind = random.float();
    if (kind < 0.35) client.loseNextReply(OPS_THAT_MAY_BE_LOST[Math.floor(random.float() * 7)] ?? 'create');
    else if (kind < 0.55) client.disconnect();
    else if (kind < 0.7) client.silence = 'both';
    else if (kind < 0.85) client.silence = 'answers';
    else world.server.collect(PATH);
    await passes(world, random.between(0, 9000));
    client.disconnect();
    client.connect();
  }
}

it('excludes, counts up, and leaves nothing behind, whatever the schedule of faults', async () => {
  let granted = 0;
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const world = new World(seed);
      const history = new History();
      const clients = Array.from({ length: CLIENTS }, () => world.client());
      const work = clients.map((client) => contend(world, client, history));
      const faults = clients.map((client) => trouble(world, client));
      await world.time.pass(RUN_MS);
      await world.until(Promise.all(faults));
      clients.forEach((client) => client.heal());
      await world.until(Promise.all(work));
      await world.time.pass(5000);
      granted += history.granted;
      expect(history.overlaps).toEqual([]);
      expect(world.server.ephemerals).toEqual([]);
      expect(world.server.watchCount).toBe(0);
      expect(clients.map((client) => client.listenerCount)).toEqual([0, 0, 0, 0]);
    }),
    { numRuns: 100 },
  );
  expect(granted).toBeGreaterThan(500);
}, 60_000);
