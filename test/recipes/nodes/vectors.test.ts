import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client } from '../../../src/client/index.js';
import {
  CuratorCache,
  GroupMember,
  Party,
  PersistentNode,
  PersistentTtlNode,
  ShallowParty,
} from '../../../src/recipes/index.js';
import { startServer } from '../../../src/testing/index.js';
import type { TestServer } from '../../../src/testing/index.js';
import { until } from '../../interop/support/until.js';
import { describeNodes, noteKinds, recordedNodes } from '../live/znodes.js';

let server: TestServer;
let clients: Client[];

beforeEach(noteKinds);

beforeEach(async () => {
  server = await startServer();
  clients = await Promise.all([1, 2].map(() => Client.connect(server.connectString)));
});

afterEach(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await server.close();
});

/** The nodes at the path and below are those of the dump. */
async function isAsRecorded(file: string, path: string): Promise<void> {
  const recorded = recordedNodes(file, (each) => each);
  const below = recorded.filter((node) => node.path === path || node.path.startsWith(`${path}/`));
  expect(below.length).toBeGreaterThan(0);
  expect(await describeNodes(clients[0]!, path, clients)).toEqual(below);
}

async function textOf(path: string): Promise<string | undefined> {
  return clients[1]!.getData(path).then(
    ({ data }) => data?.toString(),
    () => undefined,
  );
}

describe('the same znodes as Curator', () => {
  it('PersistentNode in four modes, and made again', async () => {
    const [client, other] = clients as [Client, Client];
    const data = 'd';
    const modes = [
      ['eph', { mode: 'ephemeral' }],
      ['ephseq-prot-', { mode: 'ephemeral-sequential', protection: true }],
      ['eph-prot', { mode: 'ephemeral', protection: true }],
      ['perseq-', { mode: 'persistent-sequential', protection: false }],
    ] as const;
    const nodes: PersistentNode[] = [];
    for (const [name, options] of modes) {
      const node = new PersistentNode(client, `/v/pn/${name}`, { ...options, data });
      await node.created();
      nodes.push(node);
    }
    await isAsRecorded('persistent-node.json', '/v/pn');
    const path = nodes[1]!.path!;
    await other.delete(path);
    await until(() => textOf(path), { what: 'the node is there again', timeoutMs: 20_000 });
    await isAsRecorded('persistent-node-recreated.json', '/v/pn');
    await Promise.all(nodes.map((node) => node.close()));
  });

  it.each([
    {
      nodeMode: 'ttl',
      start: 'persistent-ttl-node-start.curator59.json',
      touched: 'persistent-ttl-node-touched.curator59.json',
      closed: 'persistent-ttl-node-closed.curator59.json',
    },
    {
      nodeMode: 'container',
      start: 'persistent-ttl-node-start.json',
      touched: 'persistent-ttl-node-touched.json',
      closed: 'persistent-ttl-node-closed.json',
    },
  ] as const)('PersistentTtlNode, whose node is of kind $nodeMode', async ({ nodeMode, start, touched, closed }) => {
    const options = { ttlMs: 4000, data: 'd', touchData: '192.0.2.1', nodeMode };
    const node = new PersistentTtlNode(clients[0]!, '/v/ttlnode/n', options);
    await node.created();
    await isAsRecorded(start, '/v/ttlnode');
    await until(() => textOf('/v/ttlnode/n/touch'), { what: 'the first touch', timeoutMs: 20_000 });
    await isAsRecorded(touched, '/v/ttlnode');
    await node.close();
    await isAsRecorded(closed, '/v/ttlnode');
  });

  it('GroupMember', async () => {
    const [one, two] = clients.map(
      (client, at) => new GroupMember(client, '/v/group', `m${at + 1}`, { payload: `pay-${at + 1}` }),
    );
    await one!.joined();
    await two!.joined();
    await isAsRecorded('group-member.json', '/v/group');
    await Promise.all([one!.close(), two!.close()]);
  });

  it("kazoo's parties", async () => {
    const deep = new Party(clients[0]!, '/k/party', 'p1');
    const shallow = new ShallowParty(clients[0]!, '/k/shallow', 'p1');
    await Promise.all([deep.join(), shallow.join()]);
    await isAsRecorded('kazoo-party.json', '/k/party');
    await isAsRecorded('kazoo-party.json', '/k/shallow');
    await Promise.all([deep.leave(), shallow.leave()]);
  });

  it('what each cache makes by itself', async () => {
    const [client] = clients as [Client];
    const caches = [
      new CuratorCache(client, '/v/cache/pcc/dir', { scope: 'children', creates: 'path' }),
      new CuratorCache(client, '/v/cache/node/x', { scope: 'node', creates: 'parent' }),
      new CuratorCache(client, '/v/cache/curator/x'),
      new CuratorCache(client, '/v/cache/tree/root', { creates: 'path' }),
    ];
    for (const cache of caches) await cache.ready();
    await isAsRecorded('caches-side-effects.json', '/v/cache');
    await Promise.all(caches.map((cache) => cache.close()));
  });
});
