import { gunzipSync } from 'node:zlib';
import { beforeEach, expect, it } from 'vitest';
import { Client, CuratorFramework } from '../../../src/client/index.js';
import { startServer } from '../../../src/testing/index.js';
import { describeNodes, noteKinds, recordedNodes } from '../../recipes/live/znodes.js';
import type { NodeShape } from '../../recipes/live/znodes.js';

/** Each in the order in which Curator made them: the sequence numbers tell. */
async function makeNodes(framework: CuratorFramework): Promise<void> {
  await framework.create('/v/fw', '', { parents: 'persistent' });
  await framework.create('/v/fw/parents/a/b', 'x', { parents: 'persistent' });
  await framework.create('/v/fw/containers/a/b', 'x', { parents: 'container' });
  await framework.create('/v/fw/ttl', 'x', { mode: 'ttl', ttlMs: 600_000 });
  await framework.create('/v/fw/prot', 'x', { protected: true });
  await framework.create('/v/fw/prot-', 'x', { protected: true, mode: 'persistent-sequential' });
  await framework.create('/v/fw/gz-hello', 'hello hello hello hello', { compressed: true });
  await framework.create('/v/fw/gz-empty', '', { compressed: true });
  for (const data of ['1', '2', '3']) await framework.create('/v/fw/orset', data, { orSetData: true });
  await framework.create('/v/fw/nodata');
  await framework.setData('/v/fw/nodata', '192.0.2.1');
  await framework.usingNamespace('v/fw/ns').create('/inside', 'x');
  await framework.transaction().create('/v/fw/tx-', 't', { mode: 'persistent-sequential' }).commit();
}

beforeEach(noteKinds);

it('makes the nodes that Curator makes', async () => {
  await using server = await startServer();
  await using client = await Client.connect(server.connectString);
  const framework = new CuratorFramework(client, { defaultData: '192.0.2.1' });
  await makeNodes(framework);
  const made = await describeNodes(client, '/v/fw', [client]);
  const recorded = recordedNodes('framework-create-options.json', (path) => path);
  expect(made.map(unzipped)).toEqual(recorded.map(unzipped));
});

/** Compressed bytes differ with the operating system they were made on; what is in them does not. */
function unzipped(node: NodeShape): NodeShape {
  if (!node.path.includes('/gz-')) return node;
  return { ...node, dataHex: gunzipSync(Buffer.from(node.dataHex, 'hex')).toString('hex') };
}
