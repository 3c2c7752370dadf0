import { afterAll, beforeAll, expect, test } from 'vitest';
import { Client } from '../../src/client/index.js';
import type { KeeperClient, WatchEvent, WatchHandle } from '../../src/client/index.js';
import { OpCode } from '../../src/protocol/index.js';
import { JUTE_MAXBUFFER_DEFAULT_BYTES } from '../../src/protocol/limits.js';
import { InterProcessMutex } from '../../src/recipes/index.js';
import type { TestServer } from '../../src/testing/index.js';
import { startServer } from '../../src/testing/index.js';
import { until } from '../interop/support/until.js';
import { metric } from '../recipes/live/live-server.js';
import { FaultProxy } from '../support/proxy.js';

const WATCHED = 100_000;
const WATCHERS = 12;
const BATCH = 1000;
const SESSION_TIMEOUT_MS = 60_000;
const PARENT = '/registry';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

function pathOf(number: number): string {
  return `${PARENT}/a-name-as-long-as-names-of-services-are-${String(number).padStart(6, '0')}`;
}

/** Makes the nodes of these numbers, many in one transaction. */
async function createAll(client: KeeperClient, numbers: readonly number[]): Promise<void> {
  const commits: Promise<unknown>[] = [];
  for (let at = 0; at < numbers.length; at += BATCH) {
    const transaction = client.transaction();
    for (const number of numbers.slice(at, at + BATCH)) transaction.create(pathOf(number));
    commits.push(transaction.commit());
  }
  await Promise.all(commits);
}

test('7. 100,000 watched paths, then reconnect: SetWatches is split, no frame above the limit', async () => {
  await using proxy = await FaultProxy.start(server.connectString);
  await using other = await Client.connect(server.connectString, { sessionTimeoutMs: SESSION_TIMEOUT_MS });
  await using client = await Client.connect(proxy.connectString, { sessionTimeoutMs: SESSION_TIMEOUT_MS });
  await other.create(PARENT);
  const numbers = Array.from({ length: WATCHED }, (_, number) => number);
  const reading = numbers.map((number) => client.exists(pathOf(number), { watch: true }));
  const handles: WatchHandle[] = (await Promise.all(reading)).map(({ watch }) => watch);
  expect(await metric(server, 'zk_watch_count')).toBe(WATCHED);

  // A tenth of the nodes appear while the client is away: their watches must fire by themselves when it is back.
  proxy.refuse(true);
  const suspended = new Promise<void>((resolve) => client.once('suspended', () => resolve()));
  proxy.cut();
  await suspended;
  const missed = numbers.filter((number) => number % 10 === 0);
  await createAll(other, missed);
  expect(await metric(server, 'zk_watch_count')).toBe(0);
  proxy.requests.clear();
  proxy.longestRequestBytes = 0;
  const back = new Promise<void>((resolve) => client.once('reconnected', () => resolve()));
  proxy.heal();
  await back;
  const caughtUp: WatchEvent[] = await Promise.all(missed.map((number) => handles[number]!.fired));
  expect(new Set(caughtUp.map(({ type }) => type))).toEqual(new Set(['created']));
  const setAgain = async (): Promise<true | undefined> =>
    (await metric(server, 'zk_watch_count')) === WATCHED - missed.length ? true : undefined;
  await until(setAgain, { what: 'all other watches', timeoutMs: 100_000 });
  expect([...proxy.requests.keys()]).toEqual([OpCode.setWatches]);
  const bytesOfPaths = WATCHED * (4 + pathOf(0).length);
  expect(proxy.requestsOf(OpCode.setWatches)).toBeGreaterThan(bytesOfPaths / JUTE_MAXBUFFER_DEFAULT_BYTES);
  expect(proxy.longestRequestBytes).toBeLessThan(JUTE_MAXBUFFER_DEFAULT_BYTES);

  // And all the others are as good as new.
  await createAll(
    other,
    numbers.filter((number) => number % 10 !== 0),
  );
  const events = await Promise.all(handles.map((handle) => handle.fired));
  expect(events.every(({ type, path }, number) => type === 'created' && path === pathOf(number))).toBe(true);
  expect(await metric(server, 'zk_watch_count')).toBe(0);
});

test('19. Twelve watchers of one path: no MaxListeners warning, ever', async () => {
  const warnings: string[] = [];
  const onWarning = ({ name }: Error): void => void warnings.push(name);
  process.on('warning', onWarning);
  // A warning is told in a turn of its own.
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  await using client = await Client.connect(server.connectString);
  await using other = await Client.connect(server.connectString);
  const path = '/watched';
  await other.create(path);
  const twelve = Array.from({ length: WATCHERS }, (_, number) => number);
  const shared = new AbortController();
  const options = { watch: true, signal: shared.signal } as const;
  const reads = [
    () => client.getData(path, options),
    () => client.exists(path, options),
    () => client.getChildren(path, options),
  ];
  const handles: WatchHandle[] = [];
  let told = 0;
  const hear = (): void => void (told += 1);
  for (const _ of twelve) {
    for (const read of reads) handles.push((await read()).watch);
    for (const recursive of [false, true]) handles.push(await client.addWatch(path, { recursive }));
    client.on('closed', () => hear());
    client.session.signal.addEventListener('abort', () => hear());
  }
  const mutex = new InterProcessMutex(client, '/lock');
  const hold = await mutex.acquire();
  const waiting = Promise.allSettled(twelve.map(() => mutex.acquire({ signal: shared.signal })));
  for (const signal of [hold.signal, hold.revokeRequested]) {
    for (const _ of twelve) signal.addEventListener('abort', () => hear());
  }

  await other.create(`${path}/child`);
  await other.setData(path, 'changed');
  await other.delete(`${path}/child`);
  await other.delete(path);
  const events = await Promise.all(handles.map((handle) => handle.fired));
  expect(events).toHaveLength(WATCHERS * 5);
  expect(await mutex.participants()).toHaveLength(1 + WATCHERS);
  shared.abort();
  expect((await waiting).every(({ status }) => status === 'rejected')).toBe(true);
  await client.close();
  await turn();
  expect(told).toBe(3 * WATCHERS);
  expect(warnings).toEqual([]);
  process.off('warning', onWarning);
});
