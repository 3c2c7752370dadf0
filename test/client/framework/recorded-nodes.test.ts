import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { Client, CuratorFramework } from '../../../src/client/index.js';
import { startServer } from '../../../src/testing/index.js';
import { projectRoot } from '../../support/built.js';

interface RecordedNode {
  readonly path: string;
  readonly dataHex: string;
  readonly version: number;
  readonly cversion: number;
  readonly numChildren: number;
}

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

it('makes the nodes that Curator makes', async () => {
  await using server = await startServer();
  await using client = await Client.connect(server.connectString);
  const framework = new CuratorFramework(client, { defaultData: '192.0.2.1' });
  await makeNodes(framework);
  const text = await readFile(join(projectRoot, 'test/vectors/recipes/framework-create-options.json'), 'utf8');
  const { nodes } = JSON.parse(text) as { nodes: RecordedNode[] };
  const paths: string[] = [];
  const below = async (path: string): Promise<void> => {
    paths.push(path);
    for (const name of (await client.getChildren(path)).children) await below(`${path}/${name}`);
  };
  await below('/v/fw');
  const made = paths.map(async (path) => {
    const { data, stat } = await client.getData(path);
    const { version, cversion, numChildren } = stat;
    return { path: pattern(path), data: contentOf(path, data), version, cversion, numChildren };
  });
  const recorded = nodes.map(({ path, dataHex, version, cversion, numChildren }) => {
    const data = contentOf(path, Buffer.from(dataHex, 'hex'));
    return { path: pattern(path), data, version, cversion, numChildren };
  });
  const byPath = (a: { path: string }, b: { path: string }): number => (a.path < b.path ? -1 : 1);
  expect((await Promise.all(made)).sort(byPath)).toEqual(recorded.sort(byPath));
});

function pattern(path: string): string {
  return path.replace(/_c_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-/, '_c_<guid>-');
}

/** Compressed bytes differ with the operating system they were made on; what is in them does not. */
function contentOf(path: string, data: Buffer | null): string {
  const bytes = data ?? Buffer.alloc(0);
  return (path.includes('/gz-') ? gunzipSync(bytes) : bytes).toString();
}
