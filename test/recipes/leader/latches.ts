import type { Client } from '../../../src/client/index.js';
import { LeaderLatch } from '../../../src/recipes/index.js';
import type { LeaderOptions } from '../../../src/recipes/index.js';
import type { SimulatedWorld } from '../../../src/testing/index.js';

export const PATH = '/leaders/reports';
export const SESSION_MS = 3000;

/** A started latch with a client of its own. */
export function latchOf(world: SimulatedWorld, options: LeaderOptions = {}): { latch: LeaderLatch; client: Client } {
  const client = world.client({ sessionTimeoutMs: SESSION_MS });
  const latch = new LeaderLatch(client, PATH, options);
  latch.start();
  return { latch, client };
}

/** So many, in the line one after the other: the first leads. */
export async function latchesInLine(
  world: SimulatedWorld,
  count: number,
): Promise<{ latches: LeaderLatch[]; clients: Client[] }> {
  const [latches, clients]: [LeaderLatch[], Client[]] = [[], []];
  for (let i = 0; i < count; i += 1) {
    const { latch, client } = latchOf(world, { id: `node-${i}` });
    latches.push(latch);
    clients.push(client);
    const wanted = i === 0 ? 'leader' : 'follower';
    await world.until(() => latch.state === wanted);
  }
  return { latches, clients };
}

/** Names of the nodes below the path; none when it is not there. */
export async function nodesIn(client: Client, path = PATH): Promise<string[]> {
  await client.sync('/');
  const { stat } = await client.exists(path);
  return stat === null ? [] : (await client.getChildren(path)).children;
}
