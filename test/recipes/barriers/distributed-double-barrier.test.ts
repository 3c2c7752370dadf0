import { describe, expect, it } from 'vitest';
import type { Client } from '../../../src/client/index.js';
import { TimeoutError } from '../../../src/client/index.js';
import { DistributedDoubleBarrier, LockLostError } from '../../../src/recipes/index.js';
import type { Hold } from '../../../src/recipes/index.js';
import { simulate } from '../../../src/testing/index.js';
import type { SimulatedWorld } from '../../../src/testing/index.js';

const PATH = '/barriers/batch';
const SESSION_MS = 3000;

interface Member {
  readonly client: Client;
  readonly barrier: DistributedDoubleBarrier;
}

function membersOf(world: SimulatedWorld, count: number, memberCount = count): Member[] {
  return Array.from({ length: count }, () => {
    const client = world.client({ sessionTimeoutMs: SESSION_MS });
    return { client, barrier: new DistributedDoubleBarrier(client, PATH, memberCount) };
  });
}

async function nodesIn(client: Client): Promise<string[]> {
  await client.sync('/');
  const { stat } = await client.exists(PATH);
  return stat === null ? [] : (await client.getChildren(PATH)).children;
}

async function enterAll(members: readonly Member[]): Promise<Hold[]> {
  return Promise.all(members.map(({ barrier }) => barrier.enter()));
}

describe('a double barrier', () => {
  it('lets all in when the last has come, and out when the last has left', async () => {
    await simulate(async (world) => {
      const members = membersOf(world, 5);
      let [entered, left] = [0, 0];
      const enters = members.slice(0, 4).map(({ barrier }) => barrier.enter().then(() => (entered += 1)));
      await world.sleep(5 * SESSION_MS);
      expect(entered).toBe(0);
      enters.push(members[4]!.barrier.enter().then(() => (entered += 1)));
      await Promise.all(enters);
      expect(await nodesIn(members[0]!.client)).toHaveLength(6);
      const leaves = members.slice(1).map(({ barrier }) => barrier.leave().then(() => (left += 1)));
      await world.sleep(5 * SESSION_MS);
      expect(left).toBe(0);
      leaves.push(members[0]!.barrier.leave().then(() => (left += 1)));
      await Promise.all(leaves);
      expect(await nodesIn(members[0]!.client)).toEqual([]);
    });
  });

  it('serves one round after the other, and nobody is ever a round ahead', async () => {
    await simulate(async (world) => {
      const members = membersOf(world, 4);
      const rounds = members.map(() => 0);
      const inside = new Set<number>();
      await Promise.all(
        members.map(async ({ barrier, client }, at) => {
          for (let round = 0; round < 8; round += 1) {
            await barrier.run(async (hold) => {
              expect(hold.isHeld()).toBe(true);
              inside.add(at);
              rounds[at]! += 1;
              expect(Math.max(...rounds) - Math.min(...rounds)).toBeLessThan(2);
              await world.sleep(world.random.float() * 200, { client });
              inside.delete(at);
            });
            expect(inside.size === 0 || rounds.some((each) => each > rounds[at]!)).toBe(true);
          }
        }),
      );
      expect(rounds).toEqual([8, 8, 8, 8]);
      expect(await nodesIn(members[0]!.client)).toEqual([]);
    });
  });

  it('enters with one watch a member, and leaves without any', async () => {
    await simulate(async (world) => {
      const members = membersOf(world, 3);
      const waiting = members.slice(0, 2).map(({ barrier }) => barrier.enter());
      await world.sleep(500);
      for (const { client } of members.slice(0, 2)) {
        expect(await client.checkWatches(`${PATH}/ready`)).toBe(true);
        expect(await client.checkWatches(PATH)).toBe(false);
      }
      await Promise.all([...waiting, members[2]!.barrier.enter()]);
      await world.sleep(100);
      const names = await nodesIn(members[0]!.client);
      await Promise.all(members.map(({ barrier }) => barrier.leave()));
      for (const { client } of members) {
        for (const name of names) expect(await client.checkWatches(`${PATH}/${name}`)).toBe(false);
      }
    });
  });

  it('CURATOR-318: leaves nothing when it is told to wait no longer, at any step', async () => {
    for (const ms of [0, 2, 4, 6, 8, 10, 12, 15, 20, 50, 300]) {
      await simulate(async (world) => {
        const [member, other] = membersOf(world, 2, 3);
        await Promise.all([member!.client.connected(), other!.client.connected()]);
        const abort = new AbortController();
        const entering = member!.barrier.enter({ signal: abort.signal });
        entering.catch(() => undefined);
        await world.sleep(ms);
        if (ms % 4 === 0) world.loseReply(member!.client);
        abort.abort(new Error('enough'));
        await expect(entering).rejects.toThrow('enough');
        await world.sleep(1000);
        await member!.client.sync('/');
        expect(await nodesIn(other!.client)).toEqual([]);
        expect(await member!.client.checkWatches(`${PATH}/ready`)).toBe(false);
      });
    }
  });

  it.each([0, 2, 4, 6, 8, 10, 12, 15, 20])('enters once when replies are lost (%i ms)', async (ms) => {
    await simulate(async (world) => {
      const members = membersOf(world, 3);
      const [first, ...rest] = members;
      await Promise.all(members.map(({ client }) => client.connected()));
      const entering = first!.barrier.enter();
      await world.sleep(ms);
      world.loseReply(first!.client);
      await world.sleep(500);
      expect((await nodesIn(rest[0]!.client)).length).toBeLessThan(2);
      await Promise.all([entering, ...rest.map(({ barrier }) => barrier.enter())]);
      const leaving = members.map(({ barrier }) => barrier.leave());
      await world.sleep(ms);
      for (const { client } of members) world.loseReply(client);
      await Promise.all(leaving);
      await world.sleep(500);
      await first!.client.sync('/');
      expect((await nodesIn(rest[1]!.client)).filter((name) => name !== 'ready')).toEqual([]);
      // Whatever may be left of that round: the next is a whole one.
      await enterAll(members);
    });
  });

  it('lets no lone member walk through by a stale ready', async () => {
    await simulate(async (world) => {
      const before = membersOf(world, 3);
      await enterAll(before);
      for (const { client } of before) world.kill(client);
      await world.sleep(3 * SESSION_MS);
      const members = membersOf(world, 3);
      expect(await nodesIn(members[0]!.client)).toEqual(['ready']);
      await expect(members[0]!.barrier.enter({ timeoutMs: 1000 })).rejects.toThrow(/1 of 3 are in/);
      // Two who come at the same moment are no round either.
      const pair = members.slice(0, 2).map(({ barrier }) => barrier.enter({ timeoutMs: 3000 }));
      await Promise.all(pair.map((each) => expect(each).rejects.toBeInstanceOf(TimeoutError)));
      await enterAll(members);
      expect(await nodesIn(members[0]!.client)).toHaveLength(4);
    });
  });

  it('lets a late member in while the round is on, as ZooKeeper’s recipe does', async () => {
    await simulate(async (world) => {
      const members = membersOf(world, 4, 3);
      await enterAll(members.slice(0, 3));
      await members[3]!.barrier.enter({ timeoutMs: 1000 });
      let left = 0;
      const leaves = members.slice(0, 3).map(({ barrier }) => barrier.leave().then(() => (left += 1)));
      await world.sleep(1000);
      expect(left).toBe(0);
      await members[3]!.barrier.leave();
      await Promise.all(leaves);
    });
  });

  it('GH-1290: a leaver stays until the others have left, whatever wakes it', async () => {
    await simulate(async (world) => {
      const members = membersOf(world, 3);
      await enterAll(members);
      let left = 0;
      const [a, b, c] = members.map(
        ({ barrier }) =>
          () =>
            barrier.leave().then(() => (left += 1)),
      );
      const leaves = [a!(), b!()];
      for (let i = 0; i < 5; i += 1) {
        await world.sleep(200);
        for (const { client } of members.slice(0, 2)) world.disconnect(client);
        // A late leaver of Curator deletes `ready`; a late member may set it again.
        await members[2]!.client.delete(`${PATH}/ready`).catch(() => undefined);
        await members[2]!.client.create(`${PATH}/ready`).catch(() => undefined);
      }
      expect(left).toBe(0);
      await Promise.all([...leaves, c!()]);
      expect(left).toBe(3);
    });
  });

  it('waits through broken connections, and gives up when its own node is gone', async () => {
    await simulate(async (world) => {
      const members = membersOf(world, 2);
      const entering = members[0]!.barrier.enter();
      entering.catch(() => undefined);
      for (let i = 0; i < 3; i += 1) {
        await world.sleep(300);
        world.disconnect(members[0]!.client);
      }
      await world.sleep(500);
      world.isolate(members[0]!.client);
      await expect(entering).rejects.toBeInstanceOf(LockLostError);
      await expect(entering).rejects.toMatchObject({ reason: 'session-over' });
      world.heal();
      const again = members[0]!.barrier.enter();
      await world.sleep(1000);
      const [own] = await nodesIn(members[1]!.client);
      await members[1]!.client.delete(`${PATH}/${own}`);
      await expect(again).rejects.toMatchObject({ reason: 'node-deleted' });
      await enterAll(members);
    });
  });

  it('counts the dead as gone: those inside hear of it, and those who leave do not wait for them', async () => {
    await simulate(async (world) => {
      const members = membersOf(world, 3);
      const holds = await enterAll(members);
      world.isolate(members[0]!.client);
      world.kill(members[1]!.client);
      await members[2]!.barrier.leave({ timeoutMs: 5 * SESSION_MS });
      expect(holds[0]!.isHeld()).toBe(false);
      world.heal();
      await world.until(() => members[0]!.client.state === 'connected');
      await expect(members[0]!.barrier.leave()).rejects.toBeInstanceOf(LockLostError);
      await world.sleep(1000);
      expect((await nodesIn(members[2]!.client)).filter((name) => name !== 'ready')).toEqual([]);
    });
  });

  it('CURATOR-233, CURATOR-536: a leave that may wait no longer ends, and the member is out', async () => {
    await simulate(async (world) => {
      const members = membersOf(world, 3);
      await enterAll(members);
      for (const { barrier } of members.slice(0, 2)) {
        await expect(barrier.leave({ timeoutMs: 300 })).rejects.toThrow(/are still in/);
      }
      expect(await nodesIn(members[2]!.client)).toHaveLength(2);
      await members[2]!.barrier.leave({ timeoutMs: 300 });
      expect(await nodesIn(members[2]!.client)).toEqual([]);
    });
  });

  it('goes on when the one who saw all could not tell the others', async () => {
    await simulate(async (world) => {
      const members = membersOf(world, 3);
      const entering = members.slice(0, 2).map(({ barrier }) => barrier.enter());
      await world.sleep(500);
      // As if a third had come, and its create of `ready` had never happened.
      await members[2]!.client.create(`${PATH}/00000000-0000-4000-8000-000000000000`, '', { mode: 'ephemeral' });
      await Promise.all(entering);
    });
  });

  it('is left when the work inside throws, without waiting for the others', async () => {
    await simulate(async (world) => {
      const members = membersOf(world, 2);
      const failing = members[0]!.barrier.run(() => {
        throw new Error('broken');
      });
      await Promise.all([expect(failing).rejects.toThrow('broken'), members[1]!.barrier.enter()]);
      await members[1]!.barrier.leave();
    });
  });

  it('names what is wrong with its arguments and its use', async () => {
    await simulate(async (world) => {
      const [member] = membersOf(world, 1);
      const { client, barrier } = member!;
      expect(() => new DistributedDoubleBarrier(client, 'x', 2)).toThrow(/path of a double barrier/);
      expect(() => new DistributedDoubleBarrier(client, PATH, 0)).toThrow(/memberCount is 0/);
      await expect(barrier.leave()).rejects.toThrow(/enter first/);
      await barrier.enter();
      await expect(barrier.enter()).rejects.toThrow(/is in already/);
    });
  });
});
