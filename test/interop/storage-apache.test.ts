import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nodeRuntime } from '../../src/runtime/index.js';
import { NodeDisk } from '../../src/server/storage/node-disk.js';
import { ServerStorage } from '../../src/server/storage/server-storage.js';
import type { StorageSettings } from '../../src/server/storage/storage-options.js';
import type { DataTree } from '../../src/server/tree/data-tree.js';
import { EventLog } from '../server/storage/support/storage-rig.js';
import { treeText } from '../server/storage/support/tree-text.js';
import { Workload, type Step } from '../server/storage/support/workload.js';
import { startApache } from './support/apache.js';
import { describeWithPeers } from './support/peers.js';
import { fourLetterWord } from './support/ports.js';
import { RawSession } from './support/raw-session.js';
import type { ServerProcess } from './support/server-process.js';
import { dumpTree } from './support/wire-dump.js';

/** How the files come about, and what the server that reads them must be told. */
interface Variant {
  readonly settings: Partial<StorageSettings>;
  /** `kill` leaves the log as a crash would: with the zeros that were written ahead. */
  readonly end: 'close' | 'kill';
  readonly config?: Readonly<Record<string, string | number | boolean>>;
}

const VARIANTS: Readonly<Record<string, Variant>> = {
  'a log with zeros ahead of its end': { settings: {}, end: 'kill' },
  'a log without': { settings: { preAllocBytes: 0 }, end: 'kill' },
  'a log that was closed': { settings: {}, end: 'close' },
  'many logs and snapshots, as 3.9 ends them': { settings: { snapCount: 20 }, end: 'kill' },
  'snapshots as 3.6 to 3.8 end them': { settings: { snapCount: 20, serializeLastProcessedZxid: false }, end: 'kill' },
  'snapshots without digests': {
    settings: { snapCount: 20, digestEnabled: false },
    end: 'kill',
    config: { 'digest.enabled': false },
  },
  'gz snapshots': { settings: { snapCount: 20, snapshotCompression: 'gz' }, end: 'kill' },
  'snappy snapshots': { settings: { snapCount: 20, snapshotCompression: 'snappy' }, end: 'kill' },
};

/** Every type of transaction, some data larger than a preallocation step, names beyond ASCII. */
const STEPS: readonly Step[] = Array.from({ length: 150 }, (_, index) => [
  [0, 8, 9, 4, 6, 2, 8, 5, 7, 8, 1, 3][index % 12]!,
  index * 31,
  index % 40 === 13 ? 90_000 : (index * 53) % 700,
  index * 7,
]);

let home = '';
let running: ServerProcess[] = [];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'interop-storage-'));
});

afterEach(async () => {
  await Promise.all(running.map((server) => server.kill()));
  running = [];
  await rm(home, { recursive: true, force: true });
});

function open(settings: Partial<StorageSettings>): Promise<ServerStorage> {
  const { clock, random } = nodeRuntime();
  const parts = { disk: new NodeDisk(), clock, random, events: new EventLog(), extendedTypesEnabled: true };
  return ServerStorage.open({ ...parts, dataDir: home, settings });
}

/** Writes the workload; resolves to what a reader must find. */
async function write({ settings, end }: Variant): Promise<Workload> {
  const storage = await open(settings);
  const workload = new Workload();
  for (const [index, step] of STEPS.entries()) {
    const { header, txn, digest } = workload.step(step);
    storage.append(header, txn, settings.digestEnabled === false ? null : digest);
    if (index % 3 === 0) await storage.commit();
    storage.snapshotIfDue(workload.tree, () => workload.sessions);
  }
  await storage.commit();
  const log = join(home, 'version-2', 'log.1');
  const asCrashLeavesIt = await readFile(log);
  await storage.close();
  if (end === 'kill' && settings.snapCount === undefined) await writeFile(log, asCrashLeavesIt);
  return workload;
}

async function start(config: Variant['config'] = {}): Promise<ServerProcess> {
  const server = await startApache({ dataDir: home, config });
  running.push(server);
  return server;
}

async function dump(server: ServerProcess): Promise<unknown> {
  const session = await RawSession.open(server.port, { timeoutMs: 10_000 });
  await session.addAuth('super:admin');
  const found = await dumpTree(session);
  session.drop();
  return found;
}

/** Our tree as the witness would dump it. */
function dumpOf(tree: DataTree): unknown {
  const nodes = treeText({ tree, sessions: new Map() }).tree.map(({ path, acl, children }) => {
    const node = tree.find(path)!;
    const data = node.data?.toString('latin1') ?? null;
    const stat = { ...tree.stat(node), ephemeralOwner: node.ephemeralOwner.toString(16) };
    return [path, { data, acl: acl.map(({ perms, id }) => `${perms} ${id.scheme}:${id.id}`), stat, children }] as const;
  });
  return Object.fromEntries(nodes);
}

describeWithPeers('Apache ZooKeeper reads what pinfold writes', [], () => {
  test.each(Object.entries(VARIANTS))('%s', async (_name, variant) => {
    const workload = await write(variant);
    const server = await start(variant.config);
    expect(await dump(server)).toEqual(dumpOf(workload.tree));
    const report = await fourLetterWord(server.port, 'mntr');
    expect(report).toMatch(new RegExp(`^zk_znode_count\\t${workload.tree.nodeCount}$`, 'm'));
    expect(report).toMatch(/^zk_digest_mismatches_count\t0$/m);
    expect(report).toMatch(new RegExp(`^zk_ephemerals_count\\t${workload.tree.ephemeralCount}$`, 'm'));
    expect(report).toMatch(new RegExp(`^zk_global_sessions\\t${workload.sessions.size + 1}$`, 'm'));
  });

  test('a last record that a crash cut off, which both drop', async () => {
    await write({ settings: { preAllocBytes: 0 }, end: 'close' });
    const log = join(home, 'version-2', 'log.1');
    await truncate(log, (await readFile(log)).length - 3);
    await rm(join(home, 'version-2', 'pinfold-state'));
    const storage = await open({});
    expect(storage.recovered.lastZxid).toBe(STEPS.length - 1);
    const expected = dumpOf(storage.recovered.tree);
    await storage.close();
    expect(await dump(await start())).toEqual(expected);
  });

  test('and pinfold what Apache ZooKeeper then adds, back and forth', async () => {
    const workload = await write({ settings: { snapCount: 20 }, end: 'kill' });
    for (let round = 0; round < 2; round += 1) {
      const server = await start();
      const session = await RawSession.open(server.port, { timeoutMs: 10_000 });
      await session.close();
      await server.stop();
      running = [];
      const storage = await open({});
      expect(storage.recovered.digestMismatches).toBe(0);
      expect(dumpOf(storage.recovered.tree)).toEqual(dumpOf(workload.tree));
      expect(storage.recovered.lastZxid).toBe(STEPS.length + 3 * round + 2);
      const { header, txn, digest } = new Workload({ startAfter: storage.recovered.lastZxid }).step([7, 0, 0, 0]);
      storage.append(header, txn, { ...digest, digest: storage.recovered.tree.digest });
      await storage.close();
    }
  });
});
