import { expect, test } from 'vitest';
import type { ByteStream, ConnectTarget } from '../../../src/runtime/index.js';
import type { LeaderDialOptions } from '../../../src/server/quorum/leader-dial.js';
import { LeaderDial } from '../../../src/server/quorum/leader-dial.js';
import { World } from '../../../src/testing/sim/world.js';
import { CALM } from './support/calm.js';

const PORT = 2888;
const LIMIT_MS = 60_000;

/** A learner and a leader with two addresses, in virtual time. */
class Harness {
  readonly world = new World({ seed: 1, turnMs: 1, weather: CALM, observe: () => undefined });
  readonly leader = this.world.host('leader', '10.0.0.1');
  /** When it was called, ms after the first call of all. */
  readonly calls: number[] = [];
  outcome: ByteStream | Error | null = null;
  private readonly learner = this.world.host('learner', '10.0.0.2');
  readonly dial: LeaderDial;

  constructor(options: Partial<LeaderDialOptions> = {}) {
    const { runtime } = this.learner;
    const network = {
      connect: (target: ConnectTarget) => {
        this.calls.push(this.world.clock.nowMs);
        return runtime.network.connect(target);
      },
      resolve: (host: string) => runtime.network.resolve(host),
      listen: runtime.network.listen.bind(runtime.network),
    };
    const addresses = [{ host: '10.0.0.1', port: PORT }];
    this.dial = new LeaderDial(
      { addresses, tls: null, timeoutMs: 20_000, retryDelayMs: 100, delayMs: 0, ...options },
      { ...runtime, network },
    );
  }

  /** How long after each failed call the next one came. */
  get waits(): number[] {
    return this.calls.slice(1).map((atMs, index) => Math.round(atMs - this.calls[index]!));
  }

  start(): void {
    this.dial.connect().then(
      (stream) => (this.outcome = stream),
      (error: unknown) => (this.outcome = error as Error),
    );
  }

  async run(): Promise<void> {
    this.start();
    await this.until(() => this.outcome !== null);
  }

  async until(isSo: () => boolean): Promise<void> {
    expect(await this.world.clock.run(isSo, this.world.clock.nowMs + LIMIT_MS)).toBe(true);
  }

  listen(port = PORT): Promise<unknown> {
    return this.leader.runtime.network.listen({ port }, (stream) =>
      stream.listen({ data: () => undefined, close: () => undefined }),
    );
  }
}

/** The way there and back is on top of every wait. */
const roundTrip = (waits: readonly number[], expected: readonly number[]): void => {
  expect(waits).toHaveLength(expected.length);
  for (const [index, wait] of waits.entries()) {
    expect(wait).toBeGreaterThanOrEqual(expected[index]!);
    expect(wait).toBeLessThanOrEqual(expected[index]! + 10);
  }
};

test('calls again soon, then less often, and gives up a leader that refuses for half a second', async () => {
  const harness = new Harness();
  await harness.run();
  expect(harness.outcome).toBeInstanceOf(Error);
  roundTrip(harness.waits, [5, 10, 20, 40, 80, 100, 100, 100]);
  expect(harness.calls.at(-1)).toBeLessThanOrEqual(500);
});

test('waits no longer than it is told, and gives up after five such waits', async () => {
  const short = new Harness({ retryDelayMs: 30 });
  await short.run();
  roundTrip(short.waits, [5, 10, 20, 30, 30, 30]);
  const long = new Harness({ retryDelayMs: 1000 });
  await long.run();
  expect(Math.max(...long.waits)).toBeLessThanOrEqual(1010);
  expect(long.calls.at(-1)).toBeGreaterThan(3500);
  expect(long.calls.at(-1)).toBeLessThanOrEqual(5000);
});

test('without any wait, leaves a leader the time to open its port', async () => {
  const harness = new Harness({ retryDelayMs: 0 });
  await harness.run();
  expect(harness.calls.at(-1)).toBeGreaterThan(90);
});

test('never takes longer than there is for the connection', async () => {
  const harness = new Harness({ timeoutMs: 50 });
  await harness.run();
  roundTrip(harness.waits, [5, 10, 20]);
});

test('takes whichever address of a leader answers', async () => {
  const harness = new Harness({
    addresses: [
      { host: '10.0.0.1', port: PORT + 1 },
      { host: '10.0.0.1', port: PORT },
    ],
  });
  await harness.listen();
  await harness.run();
  expect(harness.outcome).toMatchObject({ remotePort: PORT });
  expect(harness.calls).toHaveLength(2);
});

test('finds a leader that opens its port a little later', async () => {
  const harness = new Harness();
  harness.start();
  await harness.until(() => harness.calls.length === 3);
  await harness.listen();
  await harness.until(() => harness.outcome !== null);
  expect(harness.outcome).toMatchObject({ remotePort: PORT });
});

test('takes it for a refusal when the connection is closed without a word, for as long as one that is refused', async () => {
  const harness = new Harness();
  await harness.listen();
  await harness.run();
  const again = async (): Promise<void> => {
    harness.outcome = null;
    harness.dial.connectAgain('closed without a word').then(
      (stream) => (harness.outcome = stream),
      (error: unknown) => (harness.outcome = error as Error),
    );
    await harness.until(() => harness.outcome !== null);
  };
  for (let times = 0; !(harness.outcome instanceof Error); times++) await again();
  expect(harness.outcome).toMatchObject({ message: 'closed without a word' });
  roundTrip(harness.waits, [5, 10, 20, 40, 80, 100, 100, 100]);
});

test('waits before the first call if it is to, and calls nobody when it is aborted meanwhile', async () => {
  const patient = new Harness({ delayMs: 700 });
  await patient.listen();
  await patient.run();
  expect(patient.calls[0]).toBeGreaterThanOrEqual(700);
  expect(patient.outcome).toMatchObject({ remotePort: PORT });
  const aborted = new Harness({ delayMs: 700 });
  aborted.start();
  aborted.dial.abort();
  await aborted.until(() => aborted.outcome !== null);
  expect(aborted.outcome).toBeInstanceOf(Error);
  expect(aborted.calls).toEqual([]);
});
