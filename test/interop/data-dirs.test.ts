import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CreateFlags, OpCode } from '../../src/protocol/index.js';
import { furnish, make, makeTtl, remove, rework } from './support/furnish.js';
import { classPath, JAVA, JVM_FLAGS } from './support/java.js';
import { describeWithPeers, startServer } from './support/peers.js';
import { fourLetterWord } from './support/ports.js';
import { RawSession, SessionGoneError } from './support/raw-session.js';
import type { Product, ServerOptions, ServerProcess } from './support/server-process.js';
import { until } from './support/until.js';
import { dumpTree, type TreeDump } from './support/wire-dump.js';

const KEEPER_TIMEOUT_MS = 20_000;
/** Sessions go on while servers change places, and a JVM has taken 11 s to begin. */
const SESSION_MS = 30_000;
const SUPER = 'super:admin';
/** A snapshot and a new log every few transactions. */
const SNAPSHOTS = { config: { snapCount: 12 } };
const GZ = { config: { snapCount: 12, 'snapshot.compression.method': 'gz' } };
const SNAPPY = { config: { snapCount: 12, 'snapshot.compression.method': 'snappy' } };
const NO_PADDING = { config: { preAllocSize: 0 } };
const ANY_SNAPSHOT = /^snapshot\.(?!0$)/;

function javaTool(name: string, args: readonly string[]): string {
  const run = spawnSync(JAVA, [...JVM_FLAGS, '-cp', classPath('zookeeper'), name, ...args], { encoding: 'utf8' });
  expect(run.stderr).not.toContain('Exception');
  expect(run.status).toBe(0);
  return run.stdout;
}

interface Leg {
  readonly product: Product;
  readonly end: 'stop' | 'kill';
  readonly options?: ServerOptions;
  /** A name that some file of the directory must have afterwards: the way in question was really taken. */
  readonly file?: RegExp;
}

function leg(product: Product, end: 'stop' | 'kill', options: ServerOptions = {}): Leg {
  const method = options.config?.['snapshot.compression.method'];
  const file = method === undefined ? ANY_SNAPSHOT : new RegExp(`^snapshot\\.[0-9a-f]+\\.${method}$`);
  return { product, end, options, ...(options.config?.['snapCount'] === undefined ? {} : { file }) };
}

const JOURNEYS: readonly (readonly [string, readonly Leg[]])[] = [
  ['Apache, stopped; pinfold, stopped; Apache', [leg('apache', 'stop'), leg('pinfold', 'stop'), leg('apache', 'stop')]],
  ['Apache, killed; pinfold, killed; Apache', [leg('apache', 'kill'), leg('pinfold', 'kill'), leg('apache', 'kill')]],
  ['pinfold, killed; Apache, killed; pinfold', [leg('pinfold', 'kill'), leg('apache', 'kill'), leg('pinfold', 'stop')]],
  [
    'Apache and pinfold in turn, six times, with snapshots on the way',
    [
      leg('apache', 'kill', SNAPSHOTS),
      leg('pinfold', 'kill', SNAPSHOTS),
      leg('apache', 'stop', SNAPSHOTS),
      leg('pinfold', 'stop', SNAPSHOTS),
      leg('apache', 'kill', SNAPSHOTS),
      leg('pinfold', 'kill', SNAPSHOTS),
    ],
  ],
  [
    'compressed snapshots and unpadded logs of both',
    [
      leg('apache', 'kill', GZ),
      leg('pinfold', 'kill', GZ),
      leg('apache', 'kill', SNAPPY),
      leg('pinfold', 'kill', SNAPPY),
      leg('apache', 'kill', NO_PADDING),
      leg('pinfold', 'kill', NO_PADDING),
      leg('apache', 'stop'),
    ],
  ],
];

let home = '';
let running: ServerProcess[] = [];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'interop-data-'));
});

afterEach(async () => {
  await Promise.all(running.map((server) => server.kill()));
  running = [];
  await rm(home, { recursive: true, force: true });
});

/** Starts a server on a copy of `from`, so that each stage of a journey stays as it was left. */
async function startOnCopy(stage: Leg, from: string | null, name: string): Promise<ServerProcess> {
  const dataDir = join(home, name);
  if (from !== null) await cp(from, dataDir, { recursive: true });
  const server = await startServer(stage.product, { ...stage.options, dataDir });
  running.push(server);
  return server;
}

async function superSession(server: ServerProcess): Promise<RawSession> {
  const session = await RawSession.open(server.port, { timeoutMs: SESSION_MS });
  await session.addAuth(SUPER);
  return session;
}

async function end(server: ServerProcess, how: 'stop' | 'kill'): Promise<void> {
  running = running.filter((one) => one !== server);
  await (how === 'stop' ? server.stop() : server.kill());
}

/** What the journey has seen so far: the next server must know all of it. */
interface Baggage {
  dataDir: string | null;
  tree: TreeDump;
  keeper: RawSession | null;
  ephemerals: readonly (string | null)[];
  closed: RawSession | null;
}

async function ephemeralsOf(session: RawSession): Promise<readonly (string | null)[]> {
  const answer = await session.must(OpCode.getEphemerals, { prefixPath: '' });
  return [...(answer.ephemerals ?? [])].sort();
}

async function travel(stage: Leg, baggage: Baggage, number: number): Promise<void> {
  const server = await startOnCopy(stage, baggage.dataDir, `leg-${number}`);
  const witness = await superSession(server);
  if (number > 0) expect(await dumpTree(witness)).toEqual(baggage.tree);
  const keeper = await comeBack(server, baggage);
  const highest = baggage.keeper?.lastZxid ?? 0;
  await furnish(keeper, await RawSession.open(server.port, { timeoutMs: 5_000 }), `/leg-${number}`);
  if (number > 0) await rework(keeper, `/leg-${number - 1}`);
  expect(keeper.lastZxid).toBeGreaterThan(highest);
  baggage.tree = await dumpTree(witness);
  baggage.ephemerals = await ephemeralsOf(keeper);
  baggage.closed = await RawSession.open(server.port, { timeoutMs: KEEPER_TIMEOUT_MS });
  await baggage.closed.close();
  expect(await fourLetterWord(server.port, 'mntr')).toMatch(/^zk_digest_mismatches_count\t0$/m);
  keeper.drop();
  witness.drop();
  baggage.keeper = keeper;
  baggage.dataDir = server.dataDir;
  await end(server, stage.end);
  const { file } = stage;
  if (file === undefined) return;
  const names = await readdir(join(server.dataDir, 'version-2'));
  expect(names.filter((name) => file.test(name))).not.toEqual([]);
}

/** The session of the leg before goes on, its ephemerals are its own, and a closed session stays closed. */
async function comeBack(server: ServerProcess, { keeper, closed, ephemerals }: Baggage): Promise<RawSession> {
  const timeoutMs = KEEPER_TIMEOUT_MS;
  if (keeper === null || closed === null) return RawSession.open(server.port, { timeoutMs });
  const { identity, lastZxid } = keeper;
  const back = await RawSession.open(server.port, { timeoutMs, identity, lastZxidSeen: lastZxid });
  expect(back.identity).toEqual(identity);
  expect(back.timeoutMs).toBe(timeoutMs);
  expect(await ephemeralsOf(back)).toEqual(ephemerals);
  const again = RawSession.open(server.port, { timeoutMs, identity: closed.identity });
  await expect(again).rejects.toThrow(SessionGoneError);
  return back;
}

describeWithPeers('data directories', [], () => {
  test.each(JOURNEYS)('travel: %s', async (_name, legs) => {
    const baggage: Baggage = { dataDir: null, tree: {}, keeper: null, ephemerals: [], closed: null };
    for (const [number, stage] of legs.entries()) await travel(stage, baggage, number);
  });

  test.each([
    ['apache', 'pinfold'],
    ['pinfold', 'apache'],
  ] as const)('what %s had answered when it was killed in the middle of its work, %s has', async (from, to) => {
    const options = { config: { snapCount: 100 } };
    const first = await startOnCopy(leg(from, 'kill', options), null, 'first');
    const session = await RawSession.open(first.port, { timeoutMs: SESSION_MS });
    let answered = 0;
    const writes = Array.from({ length: 3_000 }, async (_, n) => {
      await make(session, `/n${n}`);
      answered = Math.max(answered, n + 1);
    });
    const all = Promise.allSettled(writes);
    await until(() => (answered >= 1_000 ? true : undefined), { what: 'a thousand answers', timeoutMs: 20_000 });
    await end(first, 'kill');
    await all;

    const second = await startOnCopy(leg(to, 'stop', options), first.dataDir, 'second');
    const names = await (await superSession(second)).children('/');
    const kept = names.length - 1;
    expect(kept).toBeGreaterThanOrEqual(answered);
    // In order and without a gap, as they were sent.
    expect(new Set(names)).toEqual(new Set(['zookeeper', ...Array.from({ length: kept }, (_, n) => `n${n}`)]));
    await end(second, 'stop');
  });

  test.each([
    ['apache', 'pinfold'],
    ['pinfold', 'apache'],
  ] as const)('logs apart from snapshots travel from %s to %s', async (from, to) => {
    const dataLogDir = join(home, 'logs');
    const first = await startOnCopy(leg(from, 'kill', { dataLogDir, ...SNAPSHOTS }), null, 'data');
    const session = await superSession(first);
    await furnish(session, await RawSession.open(first.port, { timeoutMs: 5_000 }), '/apart');
    const before = await dumpTree(session);
    await end(first, 'kill');
    const names = await readdir(join(dataLogDir, 'version-2'));
    expect(names.filter((name) => name.startsWith('log.')).length).toBeGreaterThan(1);
    expect(names.filter((name) => name.startsWith('snapshot.'))).toEqual([]);
    const second = await startOnCopy(leg(to, 'stop', { dataLogDir, ...SNAPSHOTS }), null, 'data');
    expect(await dumpTree(await superSession(second))).toEqual(before);
    await end(second, 'stop');
  });

  test("Apache's own tools read what pinfold wrote", async () => {
    const server = await startOnCopy(leg('pinfold', 'kill', SNAPSHOTS), null, 'data');
    const session = await superSession(server);
    await furnish(session, await RawSession.open(server.port, { timeoutMs: 5_000 }), '/tools');
    await end(server, 'kill');
    const folder = join(server.dataDir, 'version-2');
    const names = (await readdir(folder)).sort();
    for (const name of names.filter((one) => one.startsWith('log.'))) {
      const told = javaTool('org.apache.zookeeper.server.persistence.TxnLogToolkit', ['-d', join(folder, name)]);
      // It names every record whose checksum is wrong, and goes on.
      expect(told).not.toContain('CRC');
      expect(told).toMatch(/^EOF reached after [1-9]\d* txns\.$/m);
    }
    for (const name of names.filter((one) => one.startsWith('snapshot.'))) {
      const told = javaTool('org.apache.zookeeper.server.SnapshotFormatter', ['-d', join(folder, name)]);
      expect(told).toContain('Session Details');
    }
  });

  test.each([
    ['apache', 'pinfold'],
    ['pinfold', 'apache'],
  ] as const)('what %s promised about the life of nodes, %s keeps', async (from, to) => {
    const first = await startOnCopy(leg(from, 'kill'), null, 'first');
    const keeper = await superSession(first);
    const mayfly = await RawSession.open(first.port, { timeoutMs: 1_500 });
    await make(keeper, '/box', { flags: CreateFlags.container });
    await make(keeper, '/box/last');
    await make(keeper, '/plain');
    await make(keeper, '/plain/last');
    await makeTtl(keeper, '/ttl', 1_000n);
    await make(mayfly, '/mayfly', { flags: CreateFlags.ephemeral });
    await end(first, 'kill');

    const properties = { 'znode.container.checkIntervalMs': 100 };
    const second = await startOnCopy(leg(to, 'stop', { properties }), first.dataDir, 'second');
    const witness = await superSession(second);
    await remove(witness, '/box/last');
    await remove(witness, '/plain/last');
    const gone = ['box', 'ttl', 'mayfly'];
    await until(async () => ((await witness.children('/')).some((name) => gone.includes(name)) ? undefined : true), {
      what: 'container, TTL node and ephemeral to go',
      timeoutMs: 20_000,
    });
    expect(await witness.children('/')).toContain('plain');
    await end(second, 'stop');
  });
});
