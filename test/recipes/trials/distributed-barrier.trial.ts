import { KeeperError, TimeoutError } from '../../../src/client/index.js';
import { DistributedBarrier } from '../../../src/recipes/index.js';
import type { Trial, TrialClient, TrialWorld } from './trial.js';

const PATH = '/trial-distributed-barrier/gate';
const WAITERS = 4;
const WAIT_MAX_MS = 4000;
const LAST_WAIT_MS = 60_000;

/** What is certain about the barrier: since when it is set, or null from the moment somebody may be removing it. */
interface Gate {
  setSinceMs: number | null;
}

/** One who sets and removes, and others who wait: nobody passes who came and went while it was certainly set. */
export function trial(): Trial {
  return {
    name: 'DistributedBarrier',
    play(world) {
      const gate: Gate = { setSinceMs: null };
      const keeper = world.client();
      world.worker(keeper, () => keep(world, keeper, gate));
      for (let left = WAITERS; left > 0; left--) {
        const client = world.client();
        world.worker(client, () => passAgain(world, client, gate));
      }
    },
    async judge(world, fresh) {
      const barrier = new DistributedBarrier(fresh, PATH);
      if (await barrier.isSet()) world.violated('the barrier is set after everybody has removed it');
    },
  };
}

async function keep(world: TrialWorld, keeper: TrialClient, gate: Gate): Promise<void> {
  const barrier = new DistributedBarrier(keeper.client, PATH);
  const { random } = world;
  while (!world.isClosing) {
    try {
      await barrier.setBarrier({ timeoutMs: random.between(200, 8000) });
      gate.setSinceMs = world.nowMs;
      world.count('set');
    } catch (error) {
      expected(world, error);
    }
    await world.sleep(random.skewed(10, 5000), keeper);
    gate.setSinceMs = null;
    await barrier.removeBarrier({ timeoutMs: random.between(200, 8000) }).then(
      () => world.count('removed'),
      (error: unknown) => expected(world, error),
    );
    await world.sleep(random.skewed(1, 1000), keeper);
  }
  gate.setSinceMs = null;
  await barrier.removeBarrier();
}

async function passAgain(world: TrialWorld, client: TrialClient, gate: Gate): Promise<void> {
  const barrier = new DistributedBarrier(client.client, PATH);
  while (!world.isClosing) {
    await world.sleep(world.random.skewed(1, 800), client);
    const { nowMs: startedMs } = world;
    const setSinceMs = gate.setSinceMs;
    const isSet = setSinceMs !== null && setSinceMs < startedMs;
    try {
      await barrier.waitOnBarrier({ timeoutMs: world.random.between(5, WAIT_MAX_MS) });
      world.count('passed');
      // The same setting, from before this wait until now.
      if (isSet && gate.setSinceMs === setSinceMs) {
        world.violated(`${client.name} passed from ${startedMs} to ${world.nowMs}, and it is set since ${setSinceMs}`);
      }
    } catch (error) {
      expected(world, error);
    }
  }
  // Whoever kept the gate may be dead.
  gate.setSinceMs = null;
  await barrier.removeBarrier();
  try {
    await barrier.waitOnBarrier({ timeoutMs: LAST_WAIT_MS });
  } catch (error) {
    if (error instanceof TimeoutError) world.violated(`${client.name} does not pass an open barrier`);
    else expected(world, error);
  }
}

function expected(world: TrialWorld, error: unknown): void {
  if (!(error instanceof KeeperError)) throw error;
  world.count(`error ${error.code}`);
}
