import { describe, expect, it } from 'vitest';
import { BadArgumentsError, KeeperError } from '../../src/client/errors.js';
import { InterProcessMutex } from '../../src/recipes/locks/inter-process-mutex.js';
import { simulate, SimulationError } from '../../src/testing/index.js';
import type { SimulatedServer, SimulatedWorld } from '../../src/testing/index.js';

async function leaderOf(world: SimulatedWorld): Promise<SimulatedServer> {
  await world.until(() => world.leader !== null);
  return world.leader!;
}

/** Again and again, as long as connections are lost. */
async function eventually(write: () => Promise<unknown>): Promise<void> {
  for (let isDone = false; !isDone;) {
    isDone = await write().then(
      () => true,
      (error: unknown) => {
        if (error instanceof KeeperError) return false;
        throw error;
      },
    );
  }
}

describe('a simulated world', () => {
  it('has servers that serve, and clients that use them', async () => {
    const seen = await simulate(async (world) => {
      const [writer, reader] = [world.client(), world.client()];
      await writer.create('/greeting', 'hello');
      await reader.sync('/greeting');
      const { data } = await reader.getData('/greeting');
      return { text: data?.toString(), servers: world.servers.map(({ sid, isServing }) => [sid, isServing]) };
    });
    expect(seen).toEqual({
      text: 'hello',
      servers: [
        [1, true],
        [2, true],
        [3, true],
      ],
    });
  });

  it('is the same whenever its seed is played, and another one for another seed', async () => {
    const play = (seed: number): Promise<unknown> =>
      simulate(
        async (world) => {
          const client = world.client();
          await client.create('/a', 'b');
          world.kill(await leaderOf(world));
          await client.setData('/a', 'c').catch(() => null);
          await world.until(() => client.state === 'connected');
          return [world.nowMs, client.sessionId, world.random.float(), (await leaderOf(world)).sid];
        },
        { seed },
      );
    const first = await play(5);
    expect(await play(5)).toEqual(first);
    expect(await play(6)).not.toEqual(first);
  });

  it('passes hours in no time', async () => {
    const nowMs = await simulate(async (world) => {
      await world.sleep(1_800_000);
      return world.nowMs;
    });
    expect(nowMs).toBeGreaterThan(1_800_000);
  });

  it('goes on when a leader is killed, is stopped or loses its power, and takes it back', async () => {
    await simulate(async (world) => {
      const client = world.client();
      await client.create('/n', '0');
      for (const strike of ['kill', 'stop', 'powerOff'] as const) {
        const leader = await leaderOf(world);
        await world[strike](leader);
        expect([leader.isRunning, leader.isServing, leader.lastZxid]).toEqual([false, false, 0]);
        await eventually(() => client.setData('/n', strike));
        expect(world.leader).not.toBe(leader);
        world.start(leader);
        await world.until(() => leader.isServing);
        await world.until(() => world.servers.every(({ lastZxid }) => lastZxid === leader.lastZxid));
      }
    });
  });

  it('cuts members off from each other until it is healed', async () => {
    await simulate(async (world) => {
      const client = world.client({ sessionTimeoutMs: 2000 });
      await client.create('/n', '0');
      const states: string[] = [];
      client.on('suspended', () => states.push('suspended'));
      client.on('lost', ({ reason }) => states.push(reason));
      world.partition([client], [...world.servers]);
      await world.until(() => states.length > 1);
      expect(states).toEqual(['suspended', 'silence']);
      world.heal();
      await world.until(() => client.state === 'connected');

      const old = await leaderOf(world);
      world.isolate(old);
      await world.until(() => world.leader !== null && world.leader !== old);
      world.heal();
      await world.until(() => old.isServing);
      expect(old.isLeading).toBe(false);
    });
  });

  it('stalls a process, and its own time with it', async () => {
    await simulate(async (world) => {
      const client = world.client({ sessionTimeoutMs: 2000 });
      const hold = await new InterProcessMutex(client, '/lock').acquire();
      world.stall(client, 60_000);
      const startMs = world.nowMs;
      await world.sleep(10, { client });
      expect(world.nowMs - startMs).toBeGreaterThanOrEqual(60_000);
      expect(hold.isHeld()).toBe(false);
    });
  });

  it('slows roads down, blocks one way, and resets connections', async () => {
    await simulate(async (world) => {
      const [server] = world.servers as [SimulatedServer];
      const client = world.client({ connectString: server.connectString, sessionTimeoutMs: 20_000 });
      await client.connected();
      world.slowDown(client, server, 100);
      const startMs = world.nowMs;
      await client.exists('/');
      expect(world.nowMs - startMs).toBeGreaterThan(100);
      world.block(server, client);
      await expect(client.exists('/', { timeoutMs: 1000 })).rejects.toMatchObject({ code: 'OPERATION_TIMEOUT' });
      world.heal();
      await client.exists('/');
      const suspended = new Promise<void>((resolve) => client.on('suspended', () => resolve()));
      world.disconnect(client);
      await suspended;
    });
  });

  it('may have one server', async () => {
    const leads = await simulate(
      async (world) => {
        await world.client().create('/a');
        return world.servers.map(({ isServing }) => isServing);
      },
      { servers: 1 },
    );
    expect(leads).toEqual([true]);
  });

  it('ends with what its program throws', async () => {
    const error = new Error('enough');
    await expect(simulate(() => Promise.reject(error))).rejects.toBe(error);
  });

  it('gives up a program that does not end, and tells its seed', async () => {
    const never = simulate(() => new Promise(() => undefined), { seed: 9, virtualTimeMaxMs: 5000 });
    await expect(never).rejects.toThrow(new SimulationError(9, 'the program has not ended after 5000 virtual ms'));
    const waits = simulate((world) => world.until(() => false, { timeoutMs: 100 }), { seed: 9 });
    await expect(waits).rejects.toThrow(/within 100 ms: \(\) => false \(seed 9\)/);
  });

  it('refuses what it does not know', async () => {
    await expect(simulate(async () => undefined, { servers: 0 })).rejects.toThrow(BadArgumentsError);
    let stranger: SimulatedServer | undefined;
    await simulate(async ({ servers }) => void (stranger = servers[0]));
    await expect(simulate(async (world) => world.kill(stranger!))).rejects.toThrow(/not of this world/);
    const down = simulate(async (world) => {
      const [server] = world.servers as [SimulatedServer];
      world.kill(server);
      world.stall(server, 10);
    });
    await expect(down).rejects.toThrow(/this server is down/);
  });
});
