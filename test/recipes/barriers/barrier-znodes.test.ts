import { beforeEach, describe, expect, it } from 'vitest';
import type { Client } from '../../../src/client/index.js';
import { DistributedBarrier, DistributedDoubleBarrier } from '../../../src/recipes/index.js';
import { simulate } from '../../../src/testing/index.js';
import type { SimulatedWorld } from '../../../src/testing/index.js';
import { describeNodes, noteKinds, recordedNodes } from '../live/znodes.js';
import type { NodeShape } from '../live/znodes.js';

const DATA = '192.0.2.1';
const DOUBLE = '/v/dbl';

/** Members have names that no two runs share, and in no order: only who has how many is compared. */
function nameless(nodes: readonly NodeShape[]): string[] {
  return nodes
    .map((node) =>
      JSON.stringify({ ...node, path: node.path.replace(/[0-9a-f-]{32,36}$/, '<id>'), owner: node.owner !== null }),
    )
    .sort();
}

async function compare(file: string, path: string, clients: readonly Client[]): Promise<void> {
  const recorded = recordedNodes(file, (each) => each, { names: 'as they are' });
  await clients[0]!.sync('/');
  expect(nameless(await describeNodes(clients[0]!, path, clients))).toEqual(nameless(recorded));
}

function members(world: SimulatedWorld): { clients: Client[]; barriers: DistributedDoubleBarrier[] } {
  const clients = [1, 2, 3].map(() => world.client());
  return {
    clients,
    barriers: clients.map((client) => new DistributedDoubleBarrier(client, DOUBLE, 3, { data: DATA })),
  };
}

beforeEach(noteKinds);

describe('the same znodes as Curator', () => {
  it('of a barrier that is set', async () => {
    await simulate(async (world) => {
      const clients = [world.client()];
      await new DistributedBarrier(clients[0]!, '/v/barrier', { data: DATA }).setBarrier();
      await compare('barrier-set.json', '/v/barrier', clients);
      await new DistributedBarrier(clients[0]!, '/k/barrier').setBarrier();
      await compare('kazoo-barrier.json', '/k/barrier', clients);
    });
  });

  it('of a double barrier: entering, entered, leaving, left', async () => {
    await simulate(async (world) => {
      const { clients, barriers } = members(world);
      const entering = barriers.slice(0, 2).map((barrier) => barrier.enter());
      await world.sleep(1000);
      await compare('double-barrier-entering.json', DOUBLE, clients);
      const holds = await Promise.all([...entering, barriers[2]!.enter()]);
      await compare('double-barrier-entered.json', DOUBLE, clients);
      const order = holds.map(({ path }, at) => ({ path, at })).sort((a, b) => (a.path < b.path ? -1 : 1));
      // The first by name keeps its node while it waits, the others do not.
      const highest = barriers[order[2]!.at]!.leave();
      await world.sleep(1000);
      await compare('double-barrier-one-leaving.json', DOUBLE, clients);
      const lowest = barriers[order[0]!.at]!.leave();
      await world.sleep(1000);
      await compare('double-barrier-two-leaving.json', DOUBLE, clients);
      await Promise.all([highest, lowest, barriers[order[1]!.at]!.leave()]);
      await compare('double-barrier-left.json', DOUBLE, clients);
    });
  });
});

describe('the same znodes as kazoo', () => {
  it('of a double barrier, but that something is in `ready`', async () => {
    await simulate(async (world) => {
      const clients = [world.client(), world.client()];
      const [one, two] = clients.map(
        (client, at) => new DistributedDoubleBarrier(client, '/k/dbl', 2, { data: `id-${at + 1}` }),
      );
      // kazoo's parents are persistent, Curator's and ours containers.
      for (const path of ['/k', '/k/dbl']) await clients[0]!.create(path);
      const entering = one!.enter();
      await world.sleep(1000);
      await compare('kazoo-double-barrier-entering.json', '/k/dbl', clients);
      await Promise.all([entering, two!.enter()]);
      expect((await clients[0]!.getData('/k/dbl/ready')).data?.toString()).toMatch(/^id-[12]$/);
      const entered = await describeNodes(clients[0]!, '/k/dbl', clients);
      const emptied = entered.map((node) => (node.path === '/k/dbl/ready' ? { ...node, dataHex: '' } : node));
      const recorded = recordedNodes('kazoo-double-barrier-entered.json', (each) => each, { names: 'as they are' });
      expect(nameless(emptied)).toEqual(nameless(recorded));
    });
  });
});

describe('a double barrier of kazoo’s making', () => {
  it('is one that others can enter: each is counted, whatever it calls itself', async () => {
    await simulate(async (world) => {
      const [kazoo, ours] = [world.client(), world.client()];
      await kazoo.create('/k');
      await kazoo.create('/k/dbl');
      const member = '/k/dbl/3e41859d36a54affadbb733edd38da87';
      await kazoo.create(member, 'id-1', { mode: 'ephemeral' });
      await compare('kazoo-double-barrier-entering.json', '/k/dbl', [kazoo]);
      const barrier = new DistributedDoubleBarrier(ours, '/k/dbl', 2, { data: 'id-2' });
      await barrier.enter();
      const nodes = await describeNodes(ours, '/k/dbl', [kazoo, ours]);
      const ready = nodes.find(({ path }) => path.endsWith('/ready'));
      expect(ready).toMatchObject({ owner: null });
      let hasLeft = false;
      const leaving = barrier.leave().then(() => (hasLeft = true));
      await world.sleep(1000);
      expect(hasLeft).toBe(false);
      await kazoo.delete(member);
      await leaving;
    });
  });

  it('is entered at once by one who comes when kazoo’s members are in', async () => {
    await simulate(async (world) => {
      const [kazoo, ours] = [world.client(), world.client()];
      await kazoo.create('/k');
      await kazoo.create('/k/dbl');
      const names = ['3e41859d36a54affadbb733edd38da87', 'c0c1c8178daa4e02a426a6f55d9aee2a'];
      for (const [at, name] of names.entries())
        await kazoo.create(`/k/dbl/${name}`, `id-${at + 1}`, { mode: 'ephemeral' });
      await kazoo.create('/k/dbl/ready', '');
      await compare('kazoo-double-barrier-entered.json', '/k/dbl', [kazoo]);
      await new DistributedDoubleBarrier(ours, '/k/dbl', 2).enter({ timeoutMs: 1000 });
    });
  });
});
