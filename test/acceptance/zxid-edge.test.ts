import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Client } from '../../src/client/index.js';
import type { ClientState } from '../../src/client/index.js';
import { counterOf, epochOf, formatZxid, makeZxid } from '../../src/protocol/zxid.js';
import { InterProcessMutex } from '../../src/recipes/index.js';
import { NodeDisk } from '../../src/server/storage/node-disk.js';
import { writeSnapshot } from '../../src/server/storage/snapshot-writer.js';
import { TreeLoader } from '../../src/server/tree/tree-loader.js';
import { startServer } from '../../src/testing/index.js';
import { fourLetterWord } from '../interop/support/ports.js';

const LAST = makeZxid(7, 0xfffffff0);
const WRITES = 100;

/** The data directory of a server that has used up nearly all counters of its epoch. */
async function nearlyUsedUp(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'pinfold-zxid-'));
  const [disk, directory] = [new NodeDisk(), `${dataDir}/version-2`];
  await disk.makeDirectories(directory);
  const options = { extendedTypesEnabled: true, digestEnabled: true };
  const tree = new TreeLoader(options).finish(LAST).beginSnapshot();
  await writeSnapshot(
    { tree, sessions: [] },
    { disk, directory, compression: '', digestEnabled: true, serializeLastProcessedZxid: true },
  );
  tree.close();
  return dataDir;
}

async function zxidOf(port: number): Promise<string> {
  const answer = await fourLetterWord(port, 'srvr');
  return /^Zxid: 0x([0-9a-f]+)$/m.exec(answer)?.[1] ?? answer;
}

test('13. zxid counter at its edge: rolls over with no client error beyond a reconnect', async () => {
  const dataDir = await nearlyUsedUp();
  const server = await startServer({ dataDir });
  expect(await zxidOf(server.port)).toBe(formatZxid(LAST));
  const client = await Client.connect(server.connectString);
  const other = await Client.connect(server.connectString);
  const states: ClientState[] = [];
  for (const each of [client, other]) each.on('stateChanged', ({ to }) => states.push(to));

  // Writes of many kinds under way at once while the counter runs over, a lock held, and watches waiting.
  const hold = await new InterProcessMutex(client, '/lock').acquire();
  const waiting = new InterProcessMutex(other, '/lock').acquire();
  await client.create('/counted', '0');
  const watch = await other.addWatch('/counted');
  const writing = Array.from({ length: WRITES }, (_, number) => client.setData('/counted', `${number}`));
  const created = other.transaction().create('/a').create('/a/b', null, { mode: 'ephemeral' }).commit();
  const stats = await Promise.all(writing);
  await created;
  const zxids = stats.map(({ mzxid }) => mzxid);
  expect(zxids).toEqual([...new Set(zxids)].sort((a, b) => a - b));
  expect(new Set(zxids.map(epochOf))).toEqual(new Set([7, 8]));
  // As after an election, the first transaction of an epoch is number 1.
  const first = zxids.map((zxid) => (epochOf(zxid) === 8 ? counterOf(zxid) : Infinity));
  expect(Math.min(...first)).toBeLessThanOrEqual(2);
  expect(stats.at(-1)?.version).toBe(WRITES);
  let events = 0;
  for await (const { type } of watch) {
    expect(type).toBe('dataChanged');
    events += 1;
    if (events === WRITES) break;
  }
  await hold.release();
  const next = await waiting;
  expect(next.token).toBeGreaterThan(hold.token);
  expect([epochOf(hold.token), epochOf(next.token)]).toEqual([7, 7]);
  expect((await new InterProcessMutex(client, '/lock').tryAcquire())?.token).toBeUndefined();
  await next.release();
  const later = await new InterProcessMutex(client, '/lock').acquire();
  expect(epochOf(later.token)).toBe(8);
  expect(states).toEqual([]);

  // What was written on both sides of the edge is there after a restart, and so are both sessions.
  const back = [client, other].map((each) => new Promise<void>((resolve) => each.once('reconnected', () => resolve())));
  const { sessionId } = client;
  await server.restart();
  await Promise.all(back);
  expect(client.sessionId).toBe(sessionId);
  const { data, stat } = await client.getData('/counted');
  expect([data?.toString(), stat.mzxid]).toEqual([`${WRITES - 1}`, zxids.at(-1)]);
  expect((await other.getChildren('/a')).children).toEqual(['b']);
  expect(await later.verify()).toBe(true);
  expect(epochOf((await client.setData('/counted', 'on')).mzxid)).toBe(8);
  expect(new Set(states)).toEqual(new Set(['suspended', 'connected']));
  await client.close();
  await other.close();
  await server.close();
  await rm(dataDir, { recursive: true });
});
