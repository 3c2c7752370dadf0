import { NoNodeError } from '../../../src/client/index.js';
import type { Client, KeeperClient } from '../../../src/client/index.js';
import type { SimulatedWorld } from '../../../src/testing/index.js';

/** Names of a node's children; none when it is missing. */
export async function childrenOf(client: KeeperClient, path: string): Promise<string[]> {
  try {
    return (await client.getChildren(path)).children;
  } catch (error) {
    if (error instanceof NoNodeError) return [];
    throw error;
  }
}

/** Lets time pass until the node has so many children. */
export async function untilChildren(world: SimulatedWorld, client: Client, [path, count]: [string, number]) {
  for (const endMs = world.nowMs + 60_000; world.nowMs < endMs; await world.sleep(5)) {
    const children = await childrenOf(client, path);
    if (children.length === count) return children;
  }
  throw new Error(`${path} has not come to have ${count} children`);
}

/** Whether the promise has settled by the end of this turn of the world. */
export async function isPending(world: SimulatedWorld, promise: Promise<unknown>): Promise<boolean> {
  let isSettled = false;
  const settled = (): void => void (isSettled = true);
  promise.then(settled, settled);
  await world.sleep(1000);
  return !isSettled;
}
