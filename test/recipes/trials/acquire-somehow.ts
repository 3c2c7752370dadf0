import { KeeperError, NoNodeError } from '../../../src/client/index.js';
import type { Client, WaitOptions } from '../../../src/client/index.js';
import type { TrialClient, TrialWorld } from './trial.js';

const WAIT_MAX_MS = 15_000;

/** What can be acquired, with options that the trial has put in already. */
export interface Acquirable<Held> {
  acquire(wait: WaitOptions): Promise<Held>;
  tryAcquire(wait: WaitOptions): Promise<Held | null>;
}

/** In one of the ways there are: at once or never, without end, for some time, or until somebody calls it off. */
export async function acquireSomehow<Held>(
  world: TrialWorld,
  client: TrialClient,
  lock: Acquirable<Held>,
): Promise<Held | null> {
  const { random } = world;
  try {
    if (random.chance(0.15)) return await lock.tryAcquire({});
    if (random.chance(0.15)) return await calledOff(world, client, lock);
    // Who waits without end shows that everybody's turn comes.
    return await lock.acquire(random.chance(0.5) ? {} : { timeoutMs: random.between(5, WAIT_MAX_MS) });
  } catch (error) {
    countExpected(world, error);
    return null;
  }
}

async function calledOff<Held>(world: TrialWorld, client: TrialClient, lock: Acquirable<Held>): Promise<Held | null> {
  const controller = new AbortController();
  void world.sleep(world.random.skewed(1, 3000), client).then(() => controller.abort());
  return lock.acquire({ signal: controller.signal }).catch((error: unknown) => {
    if (error !== controller.signal.reason) throw error;
    return null;
  });
}

/** Errors of the client are part of life while everything breaks. Throws what is none. */
export function countExpected(world: TrialWorld, error: unknown): void {
  if (!(error instanceof KeeperError)) throw error;
  world.count(`error ${error.code}`);
}

/** A violation when the node has children, for a judge. */
export async function nothingIsLeft(world: TrialWorld, fresh: Client, path: string): Promise<void> {
  const left = await fresh.getChildren(path).then(
    ({ children }) => children,
    (error: unknown) => {
      if (error instanceof NoNodeError) return [];
      throw error;
    },
  );
  if (left.length > 0) world.violated(`nodes are left below ${path}: ${left.join(', ')}`);
}

/** While it is held, or wanted: `step` again and again, with pauses. Some want it for longer than a session lasts. */
export async function useForAWhile(
  world: TrialWorld,
  client: TrialClient,
  { isHeld, step }: { readonly isHeld: () => boolean; readonly step: () => Promise<void> },
): Promise<void> {
  const { random } = world;
  const maxMs = random.chance(0.1) ? 2 * client.client.negotiatedTimeoutMs : random.skewed(0, 600);
  const endsMs = client.client.monotonicMs() + maxMs;
  do {
    if (!isHeld()) return;
    await step();
    await world.sleep(random.skewed(1, 300), client);
  } while (client.client.monotonicMs() < endsMs && !world.isClosing);
}
