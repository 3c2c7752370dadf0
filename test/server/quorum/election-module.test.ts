import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ElectionWorld } from './support/election-world.js';
import { addressOf, membersOf } from './support/members.js';

const THREE = membersOf([1, 2, 3]);
const FIVE = membersOf([1, 2, 3, 4, 5]);

async function formed(world: ElectionWorld, sids: readonly number[] = [1, 2, 3]): Promise<number> {
  for (const sid of sids) world.start(sid);
  return world.agreed();
}

describe('election modules', () => {
  it('that start together have a leader after a few messages', async () => {
    const world = new ElectionWorld({ config: THREE });
    expect(await formed(world)).toBeLessThan(60);
    expect(world.leader).toBe(3);
    expect([...world.servers.values()].map(({ outcomes }) => outcomes)).toEqual(
      Array.from({ length: 3 }, () => [{ leader: 3, zxid: 0x1_0000_0005, peerEpoch: 1, round: 1 }]),
    );
  });

  it('elect who has most, not who has the highest id', async () => {
    const world = new ElectionWorld({ config: THREE });
    world.start(1, { zxid: 0x1_0000_0006 });
    world.start(2);
    world.start(3, { zxid: 0x1_0000_0009, peerEpoch: 0 });
    await world.agreed();
    expect(world.leader).toBe(1);
  });

  it('find a leader within a second of that of a majority starting, however late it comes', async () => {
    const world = new ElectionWorld({ config: THREE });
    world.start(1);
    await world.pass(30_000);
    expect(world.leader).toBeNull();
    world.start(2);
    // Nobody knows whether the third one is just about to start.
    expect(await world.agreed()).toBeLessThan(300);
    expect(world.leader).toBe(2);
    await world.pass(30_000);
    world.start(3);
    expect(await world.agreed()).toBeLessThan(100);
    expect(world.leader).toBe(2);
  });

  it.each([
    [3, THREE, [1, 2, 3]],
    [5, FIVE, [1, 2, 3, 4, 5]],
  ])('of %i elect another leader within 60 ms when the process of theirs is killed', async (_count, config, sids) => {
    const world = new ElectionWorld({ config });
    await formed(world, sids);
    await world.pass(5000);
    for (let killed = 0; killed < (sids.length - 1) / 2; killed++) {
      const leader = world.leader!;
      for (const server of world.servers.values()) server.looksWhenLeaderGoes = true;
      world.kill(leader);
      const killedAtMs = world.nowMs;
      await world.until(() => world.leader !== null && world.leader !== leader);
      expect(world.nowMs - killedAtMs).toBeLessThan(60);
      expect(world.leader).toBe(leader - 1);
    }
  });

  it('wait 200 ms for the word of a leader whose machine is gone without a word', async () => {
    const world = new ElectionWorld({ config: THREE });
    await formed(world);
    await world.pass(5000);
    world.kill(3, 'machine');
    world.server(1).look();
    world.server(2).look();
    const ms = await world.agreed();
    expect(world.leader).toBe(2);
    expect(ms).toBeGreaterThanOrEqual(200);
    expect(ms).toBeLessThan(260);
  });

  it('take one back that was started again, whoever calls whom', async () => {
    const world = new ElectionWorld({ config: THREE });
    await formed(world);
    for (const sid of [1, 2, 1]) {
      world.kill(sid);
      await world.pass(10);
      world.start(sid);
      expect(await world.agreed()).toBeLessThan(100);
      expect(world.leader).toBe(3);
    }
  });

  it('have one connection a pair, opened by the higher id', async () => {
    const world = new ElectionWorld({ config: THREE });
    await formed(world);
    await world.pass(2000);
    const pairs = world.world.network
      .openLinks()
      .map(({ client, server }) => `${server.remoteAddress} to ${client.remoteAddress}`);
    expect(pairs.sort()).toEqual(['server-2 to server-1', 'server-3 to server-1', 'server-3 to server-2']);
  });

  it('tell when the process of another one has ended, but not that its machine has', async () => {
    const world = new ElectionWorld({ config: THREE });
    await formed(world);
    world.kill(3);
    await world.until(() => world.server(1).gone.includes(3) && world.server(2).gone.includes(3));
    expect(world.server(1).module.isReachable(3)).toBeNull();
    expect(world.server(1).module.isReachable(2)).toBe(true);
    world.server(1).look();
    await world.until(() => world.server(1).module.isReachable(3) === false);
    world.kill(2, 'machine');
    await world.pass(60_000);
    expect(world.server(1).gone).toEqual([3]);
  });

  it('let observers and outsiders find the leader, who count for nothing', async () => {
    const config = membersOf([1, 2], { observers: [3] });
    const world = new ElectionWorld({ config });
    world.start(3);
    world.start(1);
    await world.pass(3000);
    expect(world.server(3).leader).toBeNull();
    world.start(2);
    const outsider = world.start(9, {
      config: membersOf([1, 2], { observers: [3] }),
      module: { listen: [{ host: addressOf(9), port: 22_209 }] },
    });
    await world.until(() => world.leader !== null);
    expect(world.leader).toBe(2);
    expect(outsider.outcomes.at(-1)?.leader).toBe(2);
  });

  it('say a newer configuration, which those who look are told of', async () => {
    const newer = membersOf([1, 2, 3], { version: '100000007' });
    const world = new ElectionWorld({ config: THREE });
    world.start(2, { config: newer });
    world.start(3, { config: newer });
    await world.agreed();
    const late = world.start(1);
    await world.agreed();
    expect(late.newer.map(({ version }) => version)).toContain(0x1_0000_0007);
    expect(world.server(3).newer).toEqual([]);
  });

  it('stop when they are closed', async () => {
    const world = new ElectionWorld({ config: THREE });
    const server = world.start(1);
    await world.pass(1000);
    let isClosed = false;
    void server.module.close().then(() => (isClosed = true));
    await world.until(() => isClosed);
    const { stepCount } = world.world.clock;
    await world.pass(600_000);
    expect(world.world.clock.stepCount - stepCount).toBeLessThan(5);
  });
});

describe('election modules whose processes are killed and started again at any moment', () => {
  /** As a server does that cannot connect to its leader: half a second of calls are refused. */
  function leaveInVain(world: ElectionWorld): void {
    for (const server of world.servers.values()) {
      const { leader } = server;
      if (leader !== null && world.servers.get(leader)?.leader !== leader) server.look();
    }
  }

  it('have a leader soon after the last of them is back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1_000_000 }), fc.constantFrom(THREE, FIVE), async (seed, config) => {
        const world = new ElectionWorld({ config, seed });
        const { random } = world.world;
        const sids = [...config.members.keys()];
        const start = (sid: number): void => void (world.start(sid).looksWhenLeaderGoes = true);
        for (const sid of sids) start(sid);
        for (let times = 0; times < 6; times++) {
          const sid = random.oneOf(sids)!;
          world.kill(sid);
          await world.pass(random.below(40));
          start(sid);
          await world.pass(random.below(300));
        }
        const sinceMs = world.nowMs;
        while (world.leader === null && world.nowMs - sinceMs < 10_000) {
          await world.pass(500);
          leaveInVain(world);
        }
        expect(world.nowMs - sinceMs).toBeLessThanOrEqual(1000);
      }),
      // Each had a server wait for what was over.
      {
        numRuns: 100,
        examples: [
          [108, THREE],
          [174, THREE],
          [370, FIVE],
          [398, THREE],
        ],
      },
    );
  });
});

describe('election modules in bad weather', () => {
  it('always find one leader, among those who can reach each other, and follow it when all can', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1_000_000 }), fc.integer({ min: 3, max: 5 }), async (seed, count) => {
        const sids = Array.from({ length: count }, (_, i) => i + 1);
        const weather = { latencyMaxMs: 30, splitChance: 0.3, joinChance: 0.3, abruptChance: 0.3 };
        const world = new ElectionWorld({ config: membersOf(sids), weather, seed });
        for (const sid of sids) world.start(sid);
        const { random, network } = world.world;
        for (let round = 0; round < 5; round++) {
          random.oneOf(network.openLinks())?.reset();
          const [from, to] = [random.oneOf(sids)!, random.oneOf(sids)!];
          network.roads.block(addressOf(from), addressOf(to), world.nowMs + 2000);
          await world.pass(random.below(1500));
        }
        for (const a of sids) for (const b of sids) network.roads.heal(addressOf(a), addressOf(b));
        await world.agreed();
        for (const server of world.servers.values()) server.look();
        await world.agreed();
      }),
      { numRuns: 60 },
    );
  });
});
