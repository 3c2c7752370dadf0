import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { endLivingProcesses } from '../../support/tracked-process.js';
import { curatorPresent } from '../support/curator.js';
import { describeWithCurator, PAIRS, type CuratorStage } from '../support/curator-stage.js';
import { describeWithPeers, startServer, withServer } from '../support/peers.js';
import { RawSession } from '../support/raw-session.js';
import { RecipePeer, type PeerKind } from '../support/recipe-peer.js';
import type { ServerProcess } from '../support/server-process.js';
import { expectExclusive, expectGrowing, type Grip, type Turn } from '../support/turns.js';
import { until } from '../support/until.js';
import { dumpTree, type TreeDump } from '../support/wire-dump.js';

const TURNS = 500;
const CALLERS = 3;
const SESSION_MS = 20_000;
const FOREVER = -1;
const PROTECTED_NAME = /^_c_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-lock-\d{10}$/;

/** Containers go soon, as far as the servers look for them. */
const EAGER = { properties: { 'znode.container.checkIntervalMs': 100 } };

describeWithCurator('mutex shared with Curator', { rooms: ['locks'], server: EAGER }, (stage) => {
  test(`${TURNS} turns of both, one at a time`, async () => {
    await stage.meetingPlace('/meet');
    const turns = await stage.both((peer) =>
      peer.call<Turn[]>('lock.contend', 'mutex', '/app/turns', '/meet', TURNS / 2, CALLERS, 1),
    );
    expectExclusive(turns, TURNS);
    expect(await stage.witness.children('/app/turns')).toEqual([]);
  });

  test.each(PAIRS)('%s dies while holding, %s is next', async (holder, heir) => {
    const path = `/dying/${holder}`;
    const doomed = await stage.extra(holder);
    const next = stage.peer(heir);
    await Promise.all([doomed.call('lock.open', path, 'mutex', path), next.call('lock.open', path, 'mutex', path)]);
    const lost = await doomed.call<Grip>('lock.acquire', path, FOREVER);
    const waiting = next.call<Grip>('lock.acquire', path, FOREVER);
    await stage.children(path, 2);
    await doomed.kill();
    const won = await waiting;
    expect(won.token).toBeGreaterThan(lost.token);
    await next.call('lock.release', path);
    const third = stage.peer(holder);
    await third.call('lock.open', path, 'mutex', path);
    expect((await third.call<Grip>('lock.acquire', path, FOREVER)).token).toBeGreaterThan(won.token);
    await third.call('lock.release', path);
  });

  test.each(PAIRS)('%s dies in a crowd, %s goes on alone', async (first, other) => {
    const path = `/crowd/${first}`;
    await stage.meetingPlace('/square');
    const doomed = await stage.extra(first);
    const survivor = stage.peer(other);
    const contend = (peer: RecipePeer, times: number): Promise<Turn[]> =>
      peer.call<Turn[]>('lock.contend', 'mutex', path, '/square', times, CALLERS, 1);
    const forever = contend(doomed, 1_000_000);
    forever.catch(() => undefined);
    const before = await contend(survivor, 20);
    const rest = contend(survivor, 40);
    await doomed.kill();
    await expect(forever).rejects.toThrow('ended early');
    expectGrowing([...before, ...(await rest)]);
  });

  test.each(PAIRS)('%s gives up after a while, and nothing of it is left behind %s', async (impatient, holder) => {
    const path = `/patience/${holder}`;
    const [first, second] = [stage.peer(holder), stage.peer(impatient)];
    await Promise.all([first.call('lock.open', path, 'mutex', path), second.call('lock.open', path, 'mutex', path)]);
    await first.call('lock.acquire', path, FOREVER);
    expect(await second.call('lock.acquire', path, 200)).toBeNull();
    expect(await stage.children(path, 1)).toHaveLength(1);
    await first.call('lock.release', path);
    expect(await second.call('lock.acquire', path, 10_000)).not.toBeNull();
    await second.call('lock.release', path);
  });

  test.each(PAIRS)('%s asks %s to give the lock back', async (asking, holder) => {
    const path = `/revocable/${holder}`;
    const [first, second] = [stage.peer(holder), stage.peer(asking)];
    await first.call('lock.open', path, 'revocable', path);
    await first.call('lock.acquire', path, FOREVER);
    const [own] = await second.call<string[]>('lock.participants', path);
    await second.call('lock.revoke', own ?? '');
    await first.event('revoke', (event) => String(event['path']).startsWith(path));
    await first.call('lock.release', path);
  });

  test.each(PAIRS)('%s holds, %s waits: the recorded znodes', async (first, other) => {
    const path = `/recorded/${first}`;
    const [holder, waiter] = [stage.peer(first), stage.peer(other)];
    await Promise.all([holder.call('lock.open', path, 'mutex', path), waiter.call('lock.open', path, 'mutex', path)]);
    await holder.call('lock.acquire', path, FOREVER);
    const waiting = waiter.call('lock.acquire', path, FOREVER);
    await stage.children(path, 2);
    await expectRecordedShape(await dumpTree(stage.witness, path), path);
    await holder.call('lock.release', path);
    await waiting;
    await waiter.call('lock.release', path);
    // Both made their parents as containers: without a contender they go, one level after the other.
    await untilGone(stage, 'recorded');
  });
});

/** Here the servers change under the same two processes. */
describeWithPeers('mutex shared with Curator, on a server that gives way to another', [curatorPresent], () => {
  afterEach(endLivingProcesses);

  describe.each(PAIRS)('%s holds, %s waits', (first, other) => {
    test.each([
      ['apache', 'pinfold'],
      ['pinfold', 'apache'],
    ] as const)('from %s to %s', async (from, to) => {
      const dataDir = await mkdtemp(join(tmpdir(), `interop-${from}-${first}-`));
      const before = await startServer(from, { dataDir });
      const [holder, waiter] = await Promise.all([opened(first, before), opened(other, before)]);
      const { token } = await holder.call<Grip>('lock.acquire', 'lock', FOREVER);
      const turn = waiter.call<Grip>('lock.acquire', 'lock', FOREVER);
      await contendersInLine(before, 2);
      await before.stop();
      await withServer(to, { dataDir, port: before.port }, async () => {
        await holder.call('lock.release', 'lock');
        expect((await turn).token).toBeGreaterThan(token);
        await waiter.call('lock.release', 'lock');
        await Promise.all([holder.quit(), waiter.quit()]);
      });
      await rm(dataDir, { recursive: true, force: true });
    });
  });
});

async function opened(kind: PeerKind, server: ServerProcess): Promise<RecipePeer> {
  const { connectString } = server;
  const peer = await RecipePeer.start(kind, { connectString, sessionTimeoutMs: SESSION_MS, rooms: ['locks'] });
  await peer.call('lock.open', 'lock', 'mutex', '/app/moving');
  return peer;
}

async function contendersInLine(server: ServerProcess, count: number): Promise<void> {
  const witness = await RawSession.open(server.port, { timeoutMs: 5_000 });
  const inLine = async (): Promise<boolean> => (await witness.children('/app/moving')).length === count;
  await until(async () => (await inLine()) || undefined, { what: `${count} contenders in line`, timeoutMs: 20_000 });
  await witness.close();
}

async function untilGone(stage: CuratorStage, name: string): Promise<void> {
  const gone = async (): Promise<boolean> => !(await stage.witness.children('/')).includes(name);
  await until(async () => (await gone()) || undefined, { what: 'the containers to go', timeoutMs: 20_000 });
}

/** The same picture as Curator's own, recorded with one holder and waiters: names, kinds, versions. */
async function expectRecordedShape(tree: TreeDump, path: string): Promise<void> {
  const recording = new URL('../../vectors/recipes/mutex-held-2-waiters.json', import.meta.url);
  const { nodes } = JSON.parse(await readFile(recording, 'utf8')) as { nodes: readonly RecordedNode[] };
  const [parent, ...recorded] = nodes;
  const lock = tree[path];
  expect(lock?.data).toBe(parent?.dataHex);
  expect(lock?.stat).toMatchObject({ version: parent?.version, ephemeralOwner: '0', cversion: 2, numChildren: 2 });
  for (const name of lock?.children ?? []) {
    expect(name).toMatch(PROTECTED_NAME);
    const node = tree[`${path}/${name}`];
    const { version, cversion, numChildren, ephemeral } = recorded[0] ?? {};
    expect(node?.stat).toMatchObject({ version, cversion, numChildren });
    expect(node?.stat.ephemeralOwner !== '0').toBe(ephemeral);
    expect(node?.acl).toEqual(['31 world:anyone']);
  }
  expect(recorded.every((node) => PROTECTED_NAME.test(node.path.slice(node.path.lastIndexOf('/') + 1)))).toBe(true);
}

interface RecordedNode {
  readonly path: string;
  readonly dataHex: string;
  readonly ephemeral: boolean;
  readonly version: number;
  readonly cversion: number;
  readonly numChildren: number;
}
