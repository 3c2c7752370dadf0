import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Client } from '../../../src/client/index.js';
import {
  DistributedDoubleBarrier,
  InterProcessReadWriteLock,
  InterProcessSemaphoreMutex,
  InterProcessSemaphoreV2,
} from '../../../src/recipes/index.js';
import type { Hold } from '../../../src/recipes/index.js';
import { startServer } from '../../../src/testing/index.js';
import { until } from '../../interop/support/until.js';
import { Company } from './company.js';
import { metric } from './live-server.js';
import type { LiveServer } from './live-server.js';

const WAIT_MS = 20_000;
const PATH = '/wake-ups/lock';
const EVENTS = ['deleted', 'created', 'children', 'changed'].map((kind) => {
  return kind === 'children' ? 'zk_sum_node_children_watch_count' : `zk_sum_node_${kind}_watch_count`;
});

interface Inside {
  readonly barrier: DistributedDoubleBarrier;
  readonly path: string;
}

describe('whom a release wakes', () => {
  let server: LiveServer;
  let company: Company;
  let client: Client;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.close());
  beforeEach(async () => {
    company = new Company(server);
    client = await company.client();
  });
  afterEach(() => company.leave());

  /** Watch events that the server has sent, of every kind. */
  const sent = async (): Promise<number> => {
    const counts = await Promise.all(EVENTS.map((name) => metric(server, name)));
    return counts.reduce((sum, count) => sum + count, 0);
  };
  const watches = (count: number): Promise<true> => {
    const look = async () => ((await metric(server, 'zk_watch_count')) === count ? true : undefined);
    return until(look, { what: `${count} watches`, timeoutMs: WAIT_MS, everyMs: 10 });
  };
  const eventsOf = async (work: () => Promise<unknown>): Promise<number> => {
    const before = await sent();
    await work();
    return (await sent()) - before;
  };

  it('readers once, all together, and only when the last writer before them leaves', async () => {
    const lock = new InterProcessReadWriteLock(client, PATH);
    const writers: Promise<Hold>[] = [];
    for (let left = 3; left > 0; left--) {
      writers.push(lock.writeLock().acquire({ timeoutMs: WAIT_MS }));
      await until(async () => ((await lock.participants()).length === writers.length ? true : undefined), {
        what: 'a writer in line',
        timeoutMs: WAIT_MS,
        everyMs: 5,
      });
    }
    const readers = Array.from({ length: 10 }, () => lock.readLock().acquire({ timeoutMs: WAIT_MS }));
    await watches(3); // Two writers watch one each, and ten readers of one client share one.
    const [first, second, third] = [await writers[0]!, writers[1]!, writers[2]!];
    expect(await eventsOf(() => Promise.all([first.release(), second]))).toBe(1);
    expect(await eventsOf(async () => Promise.all([(await second).release(), third]))).toBe(1);
    expect(await eventsOf(async () => Promise.all([(await third).release(), ...readers]))).toBe(1);
    await Promise.all((await Promise.all(readers)).map((hold) => hold.release()));
    await watches(0);
  });

  it('1, 1 and 10: readers that are processes of their own wake once each', async () => {
    const clients = await company.clients(10);
    const lock = new InterProcessReadWriteLock(client, PATH);
    const inLine = (count: number): Promise<true> => {
      const look = async () => ((await lock.participants()).length === count ? true : undefined);
      return until(look, { what: `a line of ${count}`, timeoutMs: WAIT_MS, everyMs: 5 });
    };
    const writers: Promise<Hold>[] = [];
    for (let left = 3; left > 0; left--) {
      writers.push(lock.writeLock().acquire({ timeoutMs: WAIT_MS }));
      await inLine(writers.length);
    }
    const readers = clients.map((each) =>
      new InterProcessReadWriteLock(each, PATH).readLock().acquire({ timeoutMs: WAIT_MS }),
    );
    await watches(12);
    const counts: number[] = [];
    for (const [at, writer] of writers.entries()) {
      const next = at < 2 ? [writers[at + 1]!] : readers;
      counts.push(await eventsOf(async () => Promise.all([(await writer).release(), ...next])));
    }
    expect(counts).toEqual([1, 1, 10]);
    await watches(0);
  });

  it.each([5, 25])('two events at most a returned lease, with %i waiters', async (waiters) => {
    const semaphore = new InterProcessSemaphoreV2(client, PATH, { permits: 3 });
    const first = await semaphore.acquire({ count: 3 });
    const waiting: Promise<unknown>[] = [];
    const counts: number[] = [];
    for (let at = 0; at < waiters; at++) {
      const acquired = semaphore.acquire({ timeoutMs: WAIT_MS });
      waiting.push(acquired.then((leases) => leases.release()));
    }
    await watches(waiters);
    const events = await eventsOf(async () => {
      await first.release();
      await Promise.all(waiting);
      await watches(0);
    });
    counts.push(events);
    expect(events).toBeLessThanOrEqual(2 * (waiters + 3));
    expect(await semaphore.available()).toBe(3);
  });

  it('one lease returned: one who waits is woken to take it, and one to take its place', async () => {
    const semaphore = new InterProcessSemaphoreV2(client, PATH, { permits: 2 });
    const [held, kept] = [await semaphore.acquire(), await semaphore.acquire()];
    const waiting = Array.from({ length: 10 }, () => semaphore.acquire({ timeoutMs: WAIT_MS }));
    await watches(10);
    const events = await eventsOf(async () => {
      await held.release();
      await Promise.race(waiting);
      // The next one has come in, and watches.
      await watches(9);
    });
    expect(events).toBe(2);
    await kept.release();
    for (const each of waiting) await (await each).release();
    await watches(0);
  });

  it('a semaphore mutex that changes hands: two as well', async () => {
    const lock = new InterProcessSemaphoreMutex(client, PATH);
    const held = await lock.acquire();
    const waiting = Array.from({ length: 10 }, () => lock.acquire({ timeoutMs: WAIT_MS }));
    await watches(10);
    const events = await eventsOf(async () => {
      await held.release();
      await Promise.race(waiting);
      await watches(9);
    });
    expect(events).toBe(2);
    const first = await Promise.race(waiting);
    await first.release();
    for (const each of waiting) await (await each).release().catch(() => undefined);
    await watches(0);
  });

  it.each([
    ['all at once', 'at once', (members: Inside[]) => members],
    ['from the last by name on', 'one by one', (members: Inside[]) => members.reverse()],
    [
      'the first by name, then from the last on',
      'one by one',
      ([first, ...others]: Inside[]) => [first!, ...others.reverse()],
    ],
  ] as const)('of N who leave a double barrier %s: 2 (N - 1) events', async (_, pace, arrange) => {
    const clients = await company.clients(12);
    const enter = async (each: Client): Promise<Inside> => {
      const barrier = new DistributedDoubleBarrier(each, '/wake-ups/gate', clients.length);
      return { barrier, path: (await barrier.enter({ timeoutMs: WAIT_MS })).path };
    };
    const inside = await Promise.all(clients.map(enter));
    await watches(0);
    const events = await eventsOf(async () => {
      const leaving: Promise<void>[] = [];
      for (const { barrier } of arrange(inside.sort((a, b) => (a.path < b.path ? -1 : 1)))) {
        leaving.push(barrier.leave({ timeoutMs: WAIT_MS }));
        // Each waits for another one by then, but for the last, who finds nobody.
        if (pace === 'one by one' && leaving.length < inside.length) await watches(leaving.length);
      }
      await Promise.all(leaving);
    });
    expect(events).toBeLessThanOrEqual(2 * (inside.length - 1));
    await watches(0);
  });
});
