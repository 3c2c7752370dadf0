import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { epochOf, makeZxid } from '../../src/protocol/zxid.js';
import { NodeDisk } from '../../src/server/storage/node-disk.js';
import { ServerStorage } from '../../src/server/storage/server-storage.js';
import { nodeRuntime } from '../../src/runtime/index.js';
import { NO_TRIGGERS } from '../../src/server/tree/triggers.js';
import { someSteps } from '../server/storage/support/member.js';
import { EventLog } from '../server/storage/support/storage-rig.js';
import { treeText, type NodeText } from '../server/storage/support/tree-text.js';
import { Workload, type LoggedTxn } from '../server/storage/support/workload.js';
import { startApache } from './support/apache.js';
import { describeWithPeers } from './support/peers.js';
import { fourLetterWord, freePort } from './support/ports.js';
import { RawSession } from './support/raw-session.js';
import type { ServerProcess } from './support/server-process.js';

let home = '';
let running: ServerProcess | null = null;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'interop-ensemble-storage-'));
  await writeFile(join(home, 'myid'), '1');
});

afterEach(async () => {
  await running?.kill();
  running = null;
  await rm(home, { recursive: true, force: true });
});

/** An ensemble of one: it keeps epochs, and begins a new one at each start. */
async function startEnsembleOfOne(): Promise<ServerProcess> {
  const member = `127.0.0.1:${await freePort()}:${await freePort()}:participant`;
  const config = { standaloneEnabled: false, initLimit: 20, syncLimit: 10, 'server.1': member };
  running = await startApache({ dataDir: home, config });
  return running;
}

/** Starts it, has it log a session's beginning and end, and stops it. Resolves to what it said of its data. */
async function throughApache(): Promise<string> {
  const server = await startEnsembleOfOne();
  const session = await RawSession.open(server.port, { timeoutMs: 10_000 });
  const report = await fourLetterWord(server.port, 'mntr');
  await session.close();
  await server.stop();
  running = null;
  return report;
}

function open(): Promise<ServerStorage> {
  const { clock, random } = nodeRuntime();
  const parts = { disk: new NodeDisk(), clock, random, events: new EventLog(), extendedTypesEnabled: true };
  return ServerStorage.open({ ...parts, dataDir: home, ensemble: true });
}

async function epochs(): Promise<{ accepted: string; current: string }> {
  const read = (name: string): Promise<string> => readFile(join(home, 'version-2', name), 'utf8');
  return { accepted: await read('acceptedEpoch'), current: await read('currentEpoch') };
}

async function write(storage: ServerStorage, list: readonly LoggedTxn[]): Promise<void> {
  for (const { header, txn } of list) {
    storage.append(header, txn, null);
    storage.recovered.tree.apply(header, txn, NO_TRIGGERS);
  }
  await storage.commit();
}

/** Without what an Apache server writes into its configuration node at each start. */
function nodesOf(storage: ServerStorage): readonly NodeText[] {
  return treeText(storage.recovered).tree.filter(({ path }) => path !== '/zookeeper/config');
}

/** Also transactions that need no session. */
function transactions(epoch: number, count: number): LoggedTxn[] {
  const workload = new Workload();
  workload.beginEpoch(epoch);
  return workload.run(someSteps(count));
}

describeWithPeers('the directory of a member goes from Apache ZooKeeper to pinfold and back', [], () => {
  test('with its epochs, after a truncation and with a snapshot from a leader', async () => {
    await throughApache();
    expect(await epochs()).toEqual({ accepted: '1', current: '1' });

    const storage = await open();
    expect(storage.epochs).toMatchObject({ accepted: 1, current: 1 });
    expect(epochOf(storage.lastLoggedZxid)).toBe(1);
    await storage.acceptEpoch(4);
    await storage.enterEpoch(4, await storage.commitDurable());
    await write(storage, transactions(4, 12));
    const { lastZxid } = await storage.truncate(makeZxid(4, 9));
    expect(lastZxid).toBe(makeZxid(4, 9));
    const truncated = nodesOf(storage);
    const { digest, nodeCount } = storage.recovered.tree;
    await storage.close();
    expect(await epochs()).toEqual({ accepted: '4', current: '4' });

    const report = await throughApache();
    expect(report).toMatch(new RegExp(`^zk_znode_count\\t${nodeCount}$`, 'm'));
    expect(report).toMatch(/^zk_digest_mismatches_count\t0$/m);
    expect(await epochs()).toEqual({ accepted: '5', current: '5' });

    const again = await open();
    expect(again.epochs).toMatchObject({ accepted: 5, current: 5 });
    expect(nodesOf(again)).toEqual(truncated);
    expect(again.recovered.tree.digest).toBe(digest);
    const { tree, sessions } = again.recovered;
    await again.install(tree, sessions);
    await again.close();
    expect(await throughApache()).toMatch(new RegExp(`^zk_znode_count\\t${nodeCount}$`, 'm'));
    expect(await epochs()).toEqual({ accepted: '6', current: '6' });
  });

  test('as a crash leaves it between a transaction of a new epoch and the new currentEpoch', async () => {
    await throughApache();
    const storage = await open();
    await storage.acceptEpoch(3);
    await write(storage, transactions(3, 4));
    const { nodeCount } = storage.recovered.tree;
    await storage.close();
    expect(await epochs()).toEqual({ accepted: '3', current: '3' });
    await writeFile(join(home, 'version-2', 'currentEpoch'), '1');
    await writeFile(join(home, 'version-2', 'currentEpoch.tmp'), '3');
    expect(await throughApache()).toMatch(new RegExp(`^zk_znode_count\\t${nodeCount}$`, 'm'));
    expect(await epochs()).toEqual({ accepted: '4', current: '4' });
  });
});
