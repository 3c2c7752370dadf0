import { expect, test } from 'vitest';
import { OpCode } from '../../../src/protocol/index.js';
import { describeWithCurator, PAIRS, type CuratorStage } from '../support/curator-stage.js';
import type { RecipePeer } from '../support/recipe-peer.js';
import { until } from '../support/until.js';

const CHANGES = 150;
const CALLERS = 3;
const UNTIL_MS = 20_000;
const INT64_MAX = 9_223_372_036_854_775_807n;

interface Count {
  readonly value: number;
  readonly version: number;
}

interface AtomicAnswer {
  readonly succeeded: boolean;
  readonly before: string;
  readonly after: string;
}

describeWithCurator('counters shared with Curator', { rooms: ['counters'] }, (stage) => {
  test.each(PAIRS)('SharedCount: %s makes it, %s finds it, each sees what the other sets', async (first, other) => {
    const path = `/count/${first}`;
    const [one, two] = [stage.peer(first), stage.peer(other)];
    await one.call('count.open', path, path, 7);
    await two.call('count.open', path, path, 99);
    expect(await one.call('count.get', path)).toEqual({ value: 7, version: await versionOf(stage, path) });
    await untilCount(two, path, 7);
    await two.call('count.set', path, -1);
    await untilCount(one, path, -1);
    await one.call('count.set', path, 2_147_483_647);
    await untilCount(two, path, 2_147_483_647);
    expect(await dataOf(stage, path)).toBe('7fffffff');
  });

  test('SharedCount: both add one, again and again, and none is lost', async () => {
    const path = '/count/contended';
    const tries = await contend(stage, (peer) =>
      peer.call('count.open', path, path, 0).then(() => peer.call<number>('count.raise', path, CHANGES)),
    );
    for (const peer of [stage.curator, stage.pinfold]) await untilCount(peer, path, 2 * CHANGES);
    expect(tries).toBeGreaterThan(2 * CHANGES);
    expect((await stage.pinfold.call<Count>('count.get', path)).version).toBe(await versionOf(stage, path));
  });

  test('SharedValue: both append, again and again, and none is lost', async () => {
    const path = '/value/contended';
    await contend(stage, async (peer) => {
      await peer.call('value.open', path, path, '-');
      return peer.call<number>('value.append', path, peer.kind.slice(0, 1), CHANGES);
    });
    const text = Buffer.from(await dataOf(stage, path), 'hex').toString();
    expect([...text].sort().join('')).toBe(`-${'c'.repeat(CHANGES)}${'p'.repeat(CHANGES)}`);
    for (const peer of [stage.curator, stage.pinfold]) {
      const seen = async (): Promise<boolean> => (await peer.call('value.get', path)) === text;
      await until(async () => (await seen()) || undefined, { what: `${peer.kind} to see it`, timeoutMs: UNTIL_MS });
    }
  });

  test('DistributedAtomicLong: both add, each sum is seen once, and the last is exact', async () => {
    const path = '/atomic/long';
    // No two of the sums can be equal, whatever the order: one is told apart from how often the other has added.
    const [minus, plus] = [-1, CHANGES + 1];
    const seen = await Promise.all([
      stage.curator.call<string[]>('long.add', path, '', minus, CHANGES, CALLERS),
      stage.pinfold.call<string[]>('long.add', path, '', plus, CHANGES, CALLERS),
    ]);
    expect(new Set(seen.flat()).size, 'each sum was seen by one caller').toBe(2 * CHANGES);
    const last = CHANGES * (minus + plus);
    expect(await dataOf(stage, path)).toBe(BigInt(last).toString(16).padStart(16, '0'));
    for (const peer of [stage.curator, stage.pinfold]) {
      expect(await peer.call<AtomicAnswer>('long.get', path)).toMatchObject({ succeeded: true, after: `${last}` });
    }
  });

  test('DistributedAtomicLong: both add with the lock that both promote to, and each sum is seen once', async () => {
    const path = '/atomic/promoted';
    const seen = await Promise.all(
      [stage.curator, stage.pinfold].map((peer) =>
        peer.call<string[]>('long.add', path, `${path}-lock`, 1, CHANGES / 2, CALLERS),
      ),
    );
    expect(
      seen
        .flat()
        .map(Number)
        .sort((a, b) => a - b),
    ).toEqual(Array.from({ length: CHANGES }, (_, at) => at + 1));
    expect(await stage.witness.children(`${path}-lock`)).toEqual([]);
  });

  test('DistributedAtomicInteger: both add, and the sum is exact', async () => {
    const path = '/atomic/integer';
    const seen = await Promise.all(
      [stage.curator, stage.pinfold].map((peer) => peer.call<string[]>('integer.add', path, -1, CHANGES, CALLERS)),
    );
    const expected = Array.from({ length: 2 * CHANGES }, (_, at) => at - 2 * CHANGES);
    expect(
      seen
        .flat()
        .map(Number)
        .sort((a, b) => a - b),
    ).toEqual(expected);
    expect(await dataOf(stage, path)).toBe((2 ** 32 - 2 * CHANGES).toString(16));
  });

  test.each(PAIRS)('DistributedAtomicLong: what %s does, %s understands', async (first, other) => {
    const path = `/atomic/steps/${first}`;
    const [one, two] = [stage.peer(first), stage.peer(other)];
    expect(await one.call('long.initialize', path, 41)).toBe(true);
    expect(await two.call('long.initialize', path, 99)).toBe(false);
    expect(await two.call('long.exchange', path, 40, 1)).toMatchObject({ succeeded: false });
    expect(await two.call('long.exchange', path, 41, 42)).toEqual({ succeeded: true, before: '41', after: '42' });
    expect(await one.call('long.set', path, String(INT64_MAX))).toMatchObject({ succeeded: true, before: '42' });
    // Beyond the largest both go on with the smallest.
    expect(await two.call('long.add', path, '', 1, 1, 1)).toEqual([String(-INT64_MAX - 1n)]);
    expect(await one.call('long.add', path, '', -1, 1, 1)).toEqual([String(INT64_MAX)]);
    await two.call('long.force', path, 0);
    expect(await one.call<AtomicAnswer>('long.get', path)).toMatchObject({ after: '0' });
    expect(await two.call<AtomicAnswer>('long.get', `${path}/none`)).toMatchObject({ after: '0' });
  });

  test.each(PAIRS)('DistributedAtomicValue: %s and %s exchange bytes', async (first, other) => {
    const path = `/atomic/bytes/${first}`;
    const [one, two] = [stage.peer(first), stage.peer(other)];
    expect(await two.call('bytes.initialize', path, 'start')).toBe(true);
    expect(await one.call('bytes.exchange', path, 'start', 'first')).toBe(true);
    expect(await two.call('bytes.exchange', path, 'other', 'second')).toBe(false);
    expect(await two.call('bytes.exchange', path, 'first', 'second')).toBe(true);
    expect(await one.call('bytes.get', path)).toBe('second');
  });

  test('CachedAtomicLong: both take numbers from one counter, none twice', async () => {
    const path = '/atomic/cached';
    const numbers = await Promise.all([
      stage.curator.call<string[]>('cached.next', path, 10, 95),
      stage.pinfold.call<string[]>('cached.next', path, 7, 95),
    ]);
    expect(new Set(numbers.flat()).size).toBe(190);
    expect(Number.parseInt(await dataOf(stage, path), 16)).toBe(10 * 10 + 14 * 7);
  });
});

async function dataOf(stage: CuratorStage, path: string): Promise<string> {
  const { data } = await stage.witness.must(OpCode.getData, { path, watch: false });
  return data?.toString('hex') ?? '';
}

async function versionOf(stage: CuratorStage, path: string): Promise<number> {
  const { stat } = await stage.witness.must(OpCode.getData, { path, watch: false });
  return stat.version;
}

async function untilCount(peer: RecipePeer, name: string, value: number): Promise<void> {
  const look = async (): Promise<true | undefined> =>
    (await peer.call<Count>('count.get', name)).value === value || undefined;
  await until(look, { what: `${peer.kind} to see ${value} at ${name}`, timeoutMs: UNTIL_MS });
}

/** Both at once; how many tries it took in all. */
async function contend(stage: CuratorStage, body: (peer: RecipePeer) => Promise<number>): Promise<number> {
  const tries = await Promise.all([stage.curator, stage.pinfold].map(body));
  return tries.reduce((sum, one) => sum + one, 0);
}
