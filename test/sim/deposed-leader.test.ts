import { expect, it } from 'vitest';
import type { Client } from '../../src/client/client.js';
import type { SimulatedServer, SimulatedWorld } from '../../src/testing/index.js';
import { simulate } from '../../src/testing/index.js';

const CLIENTS = 6;

/** The leader's followers come back from a loss of power without it, and elect another: it does not know for a while. */
async function depose(world: SimulatedWorld, old: SimulatedServer): Promise<SimulatedServer[]> {
  const others = world.servers.filter((server) => server !== old);
  world.partition([old], others);
  for (const server of others) world.powerOff(server);
  for (const server of others) world.start(server);
  await world.until(() => others.every(({ isServing }) => isServing));
  expect(old.isServing).toBe(true);
  return others;
}

it('a leader that was deposed without knowing ends no session that has begun since', async () => {
  await simulate(async (world) => {
    await world.until(() => world.leader !== null);
    const old = world.leader!;
    const others = await depose(world, old);
    const clients = Array.from({ length: CLIENTS }, () => world.client({ sessionTimeoutMs: 20_000 }));
    await world.sleep(50);
    const begun = clients.filter(({ state }) => state === 'connected');
    expect(begun.length).toBeGreaterThan(0);
    const ends: string[] = [];
    const sessions = new Map<Client, bigint>();
    for (const client of begun) {
      sessions.set(client, client.sessionId);
      client.on('lost', ({ reason }) => ends.push(reason));
      for (const server of others) {
        world.block(client, server);
        world.block(server, client);
      }
      world.disconnect(client);
    }
    await world.sleep(300);
    expect(old.isServing).toBe(true);
    expect(ends).toEqual([]);
    world.heal();
    await world.until(() => begun.every(({ state }) => state === 'connected'));
    expect(begun.every((client) => client.sessionId === sessions.get(client))).toBe(true);
    expect(ends).toEqual([]);
  });
});
