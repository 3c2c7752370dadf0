import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { endLivingProcesses } from '../support/tracked-process.js';
import { Contender, type ContenderKind, type HoldRecord } from './support/contender.js';
import { classPath } from './support/java.js';
import { describeWithPeers, PRODUCTS, startServer, withServer } from './support/peers.js';
import { RawSession } from './support/raw-session.js';
import type { Product, ServerProcess } from './support/server-process.js';
import { sessionFile } from './support/sessions.js';
import { until } from './support/until.js';
import { dumpTree, type TreeDump } from './support/wire-dump.js';

const LOCK_PATH = '/app/locks/one';
const ACQUISITIONS = 500;
const CALLERS = 3;
const LONG_SESSION_MS = 20_000;
const SHORT_SESSION_MS = 1_500;
const PROTECTED_NAME = /^_c_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-lock-\d{10}$/;
/** Who comes first, who comes second, on whose server. */
const PAIRS: readonly (readonly [ContenderKind, ContenderKind, Product])[] = PRODUCTS.flatMap((product) => [
  ['curator', 'pinfold', product] as const,
  ['pinfold', 'curator', product] as const,
]);

function curatorPresent(): string | null {
  const jar = '/usr/share/java/curator-recipes.jar';
  if (!existsSync(jar)) return `${jar} is missing: install Debian's package libcurator-recipes-java`;
  const compiler = spawnSync('javac', ['-version']);
  return compiler.status === 0 ? null : `javac is missing: install Debian's package default-jdk-headless`;
}

describeWithPeers('Curator', [curatorPresent], () => {
  let folder = '';
  let classes = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'interop-curator-'));
    classes = classPath(folder, 'curator-recipes', 'curator-framework', 'curator-client', 'zookeeper');
    const compiled = spawnSync('javac', ['-cp', classes, '-d', folder, sessionFile('CuratorContender.java')]);
    expect(`${compiled.stdout.toString()}${compiled.stderr.toString()}`).toBe('');
  });

  afterEach(endLivingProcesses);

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  function start(kind: ContenderKind, server: ServerProcess, sessionTimeoutMs: number): Promise<Contender> {
    const { connectString } = server;
    return Contender.start(kind, { connectString, lockPath: LOCK_PATH, sessionTimeoutMs, classPath: classes });
  }

  function both(server: ServerProcess, sessionTimeoutMs: number): Promise<[Contender, Contender]> {
    return Promise.all([start('curator', server, sessionTimeoutMs), start('pinfold', server, sessionTimeoutMs)]);
  }

  test.each(PRODUCTS)(`mutex: curator and pinfold take ${ACQUISITIONS} turns on %s`, async (product) => {
    await withServer(product, {}, async (server) => {
      const contenders = await both(server, LONG_SESSION_MS);
      const half = ACQUISITIONS / 2;
      const records = (await Promise.all(contenders.map((one) => one.contend(half, CALLERS)))).flat();
      expectOneAtATime(records);
      expect((await Promise.all(contenders.map((one) => one.quit()))).map(({ code }) => code)).toEqual([0, 0]);
      const witness = await RawSession.open(server.port, { timeoutMs: 5_000 });
      expect(await witness.children(LOCK_PATH)).toEqual([]);
      await witness.close();
    });
  });

  test.each(PAIRS)('mutex: %s dies while holding, %s is next, on %s', async (holder, heir, product) => {
    await withServer(product, {}, async (server) => {
      const [doomed, next] = await Promise.all([
        start(holder, server, SHORT_SESSION_MS),
        start(heir, server, LONG_SESSION_MS),
      ]);
      const lost = await doomed.acquire();
      const waiting = next.acquire();
      await contendersInLine(server, 2);
      await doomed.kill();
      const won = await waiting;
      expect(won.token).toBeGreaterThan(lost.token);
      await next.release();
      const third = await start(holder, server, LONG_SESSION_MS);
      expect((await third.acquire()).token).toBeGreaterThan(won.token);
      await third.release();
      await Promise.all([next.quit(), third.quit()]);
    });
  });

  test.each(PAIRS)('mutex: %s holds, %s waits, while %s gives way to the other server', async (first, other, from) => {
    const to = from === 'apache' ? 'pinfold' : 'apache';
    const dataDir = join(folder, `${first}-on-${from}`);
    const before = await startServer(from, { dataDir });
    const holder = await start(first, before, LONG_SESSION_MS);
    const waiter = await start(other, before, LONG_SESSION_MS);
    const { token } = await holder.acquire();
    const turn = waiter.acquire();
    await contendersInLine(before, 2);
    await before.stop();
    await withServer(to, { dataDir, port: before.port }, async () => {
      await holder.release();
      expect((await turn).token).toBeGreaterThan(token);
      await waiter.release();
      await Promise.all([holder.quit(), waiter.quit()]);
    });
  });

  test.each(PAIRS)('mutex: %s dies in a crowd, %s goes on alone, on %s', async (first, other, product) => {
    await withServer(product, {}, async (server) => {
      const [doomed, survivor] = await Promise.all([
        start(first, server, SHORT_SESSION_MS),
        start(other, server, LONG_SESSION_MS),
      ]);
      const forever = doomed.contend(1_000_000, CALLERS);
      forever.catch(() => undefined);
      const before = await survivor.contend(20, CALLERS);
      const rest = survivor.contend(40, CALLERS);
      await doomed.kill();
      await expect(forever).rejects.toThrow('ended early');
      expectGrowing([...before, ...(await rest)]);
      await survivor.quit();
    });
  });

  test.each(PAIRS)('mutex: %s holds, %s waits: the recorded znodes, on %s', async (first, other, product) => {
    const properties = { 'znode.container.checkIntervalMs': 100 };
    await withServer(product, { properties }, async (server) => {
      const [holder, waiter] = await Promise.all([
        start(first, server, LONG_SESSION_MS),
        start(other, server, LONG_SESSION_MS),
      ]);
      await holder.acquire();
      const waiting = waiter.acquire();
      const witness = await RawSession.open(server.port, { timeoutMs: 5_000 });
      await contendersInLine(server, 2);
      await expectRecordedShape(await dumpTree(witness));
      await holder.release();
      await waiting;
      await waiter.release();
      // Both made their parents as containers: without a contender they go, one level after the other.
      const gone = async (): Promise<boolean> => !(await witness.children('/')).includes('app');
      await until(async () => (await gone()) || undefined, { what: 'the containers to go', timeoutMs: 20_000 });
      await Promise.all([holder.quit(), waiter.quit()]);
      await witness.close();
    });
  });
});

async function contendersInLine(server: ServerProcess, count: number): Promise<void> {
  const witness = await RawSession.open(server.port, { timeoutMs: 5_000 });
  const inLine = async (): Promise<boolean> => (await witness.children(LOCK_PATH)).length === count;
  await until(async () => (await inLine()) || undefined, { what: `${count} contenders in line`, timeoutMs: 20_000 });
  await witness.close();
}

/** Grants in the server's order: tokens grow, and nobody entered before the one before had left. */
function expectOneAtATime(records: readonly HoldRecord[]): void {
  expect(records).toHaveLength(ACQUISITIONS);
  const grants = expectGrowing(records);
  const overlaps = grants.filter((grant, at) => at > 0 && grant.entered < (grants[at - 1]?.left ?? 0));
  expect(overlaps).toEqual([]);
  const turns = grants.filter((grant, at) => at > 0 && grant.by !== grants[at - 1]?.by);
  expect(turns.length, 'how often the lock went from one process to the other').toBeGreaterThan(ACQUISITIONS / 10);
}

function expectGrowing(records: readonly HoldRecord[]): HoldRecord[] {
  const grants = [...records].sort((one, other) => one.guard - other.guard);
  const shrunk = grants.filter((grant, at) => at > 0 && grant.token <= (grants[at - 1]?.token ?? 0));
  expect(shrunk).toEqual([]);
  return grants;
}

/** The same picture as Curator's own, recorded with one holder and waiters: names, kinds, versions. */
async function expectRecordedShape(tree: TreeDump): Promise<void> {
  const recording = new URL('../vectors/recipes/mutex-held-2-waiters.json', import.meta.url);
  const { nodes } = JSON.parse(await readFile(recording, 'utf8')) as { nodes: readonly RecordedNode[] };
  const [parent, ...recorded] = nodes;
  const lock = tree[LOCK_PATH];
  expect(lock?.data).toBe(parent?.dataHex);
  expect(lock?.stat).toMatchObject({ version: parent?.version, ephemeralOwner: '0', cversion: 2, numChildren: 2 });
  for (const name of lock?.children ?? []) {
    expect(name).toMatch(PROTECTED_NAME);
    const node = tree[`${LOCK_PATH}/${name}`];
    const { version, cversion, numChildren, ephemeral } = recorded[0] ?? {};
    expect(node?.stat).toMatchObject({ version, cversion, numChildren });
    expect(node?.stat.ephemeralOwner !== '0').toBe(ephemeral);
    expect(node?.acl).toEqual(['31 world:anyone']);
  }
  expect(recorded.every(({ path }) => PROTECTED_NAME.test(path.slice(path.lastIndexOf('/') + 1)))).toBe(true);
}

interface RecordedNode {
  readonly path: string;
  readonly dataHex: string;
  readonly ephemeral: boolean;
  readonly version: number;
  readonly cversion: number;
  readonly numChildren: number;
}
