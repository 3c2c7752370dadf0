import { expect, test } from 'vitest';
import { Client } from '../../src/client/index.js';
import type { Hold } from '../../src/recipes/index.js';
import { InterProcessMutex } from '../../src/recipes/index.js';
import type { TestServer } from '../../src/testing/index.js';
import { startServer } from '../../src/testing/index.js';
import { until } from '../interop/support/until.js';
import { metric } from '../recipes/live/live-server.js';

const [SESSIONS, WAITERS_EACH, RELEASES] = [100, 100, 200];
const WAITERS = SESSIONS * WAITERS_EACH;
/** One waiter gives up for so many releases. */
const RELEASES_A_CANCEL = 10;
const PATH = '/locks/busy';
const WAIT_MS = 100_000;
/** What a server counts of the events that it sends; a herd may come by any of them. */
const EVENT_KINDS = ['created', 'deleted', 'changed', 'children'] as const;

/** Everybody who waits for the lock, and who of them got it. */
class Crowd {
  readonly #waiting = new Map<number, AbortController>();
  readonly #granted: Hold[] = [];
  #arrived: () => void = () => undefined;
  #count = 0;

  get size(): number {
    return this.#waiting.size;
  }

  join(mutex: InterProcessMutex): void {
    const number = this.#count;
    const leaving = new AbortController();
    this.#count += 1;
    this.#waiting.set(number, leaving);
    mutex.acquire({ signal: leaving.signal }).then(
      (hold) => {
        this.#waiting.delete(number);
        this.#granted.push(hold);
        this.#arrived();
      },
      () => {
        this.#waiting.delete(number);
        this.#arrived();
      },
    );
  }

  /** The next one who got the lock. */
  async next(): Promise<Hold> {
    await this.#until(() => this.#granted.length > 0);
    expect(this.#granted).toHaveLength(1);
    return this.#granted.pop() as Hold;
  }

  /** Somebody in the middle gives up; resolves when that is done. */
  async cancelOne(): Promise<void> {
    const numbers = [...this.#waiting.keys()];
    const number = numbers[numbers.length >> 1] ?? 0;
    this.#waiting.get(number)?.abort(new Error('never mind'));
    await this.#until(() => !this.#waiting.has(number));
  }

  async disperse(): Promise<void> {
    for (const leaving of this.#waiting.values()) leaving.abort(new Error('enough'));
    await this.#until(() => this.#waiting.size === 0);
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => (this.#arrived = resolve));
  }
}

function watchesSettleAt(server: TestServer, count: number): Promise<true> {
  return becomes(`${count} watches`, async () => (await metric(server, 'zk_watch_count')) === count);
}

/** On a busy machine an abandoned wait is tidied up after it has told so. */
function becomes(what: string, isSo: () => Promise<boolean>): Promise<true> {
  return until(async () => ((await isSo()) ? true : undefined), { what, timeoutMs: WAIT_MS });
}

test('16. 10,000 waiters on a lock: one wake-up per release, constant watches per waiter', async () => {
  await using server = await startServer();
  const connecting = Array.from({ length: SESSIONS + 1 }, () =>
    Client.connect(server.connectString, { sessionTimeoutMs: WAIT_MS }),
  );
  const [owner, ...clients] = (await Promise.all(connecting)) as [Client, ...Client[]];
  const events = async (): Promise<number> => {
    const counts = await Promise.all(EVENT_KINDS.map((kind) => metric(server, `zk_sum_node_${kind}_watch_count`)));
    return counts.reduce((sum, count) => sum + count, 0);
  };
  let hold = await new InterProcessMutex(owner, PATH).acquire();
  const crowd = new Crowd();
  for (const client of clients) {
    const mutex = new InterProcessMutex(client, PATH);
    for (let i = 0; i < WAITERS_EACH; i += 1) crowd.join(mutex);
  }
  await watchesSettleAt(server, WAITERS);
  for (let release = 1; release <= RELEASES; release += 1) {
    const before = await events();
    await hold.release();
    const next = await crowd.next();
    expect(next.token).toBeGreaterThan(hold.token);
    expect((await events()) - before).toBe(1);
    hold = next;
    if (release % RELEASES_A_CANCEL !== 0) continue;
    await crowd.cancelOne();
    await becomes('one who moves up', async () => (await events()) - before > 1);
    await watchesSettleAt(server, crowd.size);
    expect((await events()) - before).toBe(2);
  }
  expect(crowd.size).toBe(WAITERS - RELEASES - RELEASES / RELEASES_A_CANCEL);
  expect(await metric(server, 'zk_watch_count')).toBe(crowd.size);
  await crowd.disperse();
  await watchesSettleAt(server, 0);
  await hold.release();
  const line = new InterProcessMutex(owner, PATH);
  await becomes('an empty line', async () => (await line.participants()).length === 0);
  await Promise.all([owner, ...clients].map((client) => client.close()));
}, 600_000);
