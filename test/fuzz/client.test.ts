import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClientOptions } from '../../src/client/index.js';
import { runSize } from '../support/run-size.js';
import { ANSWER_KINDS, GREETING_KINDS } from './client/hostile-answers.js';
import { CALL_KINDS, HostileSession } from './client/hostile-session.js';
import type { Ordeal } from './client/hostile-session.js';
import { socketWorld, virtualWorld } from './client/hostile-world.js';
import type { HostileWorld } from './client/hostile-world.js';
import { usedBytes } from '../support/used-bytes.js';

const { count, seed, isLong } = runSize('FUZZ_CLIENT', 2000);

/** Ordeals between two looks at how far it has come; a failure is replayed from the start of its batch. */
const BATCH = 25;
/** What part of the answers goes to a client that lives through all of them, and what part over real sockets. */
const LASTING_PART = 0.2;
const SOCKET_PART = 0.05;
/** Between two measurements of a client that has let everything go. */
const GROWTH_BYTES_MAX = 4 * 1024 * 1024;
const TIMEOUT_MS = 60_000 + count * 5;
/** A client at rest keeps one timer for its session, and one that a deadline left behind. */
const TIMERS_AT_REST = 2;

const draw = (kinds: number) =>
  fc.record({ kind: fc.nat({ max: kinds - 1 }), salt: fc.integer({ min: 0, max: 2 ** 31 - 1 }) });
const ordeal: fc.Arbitrary<Ordeal> = fc.record({
  calls: fc.array(draw(CALL_KINDS), { maxLength: 60, size: 'max' }),
  greetings: fc.array(draw(GREETING_KINDS), { maxLength: 4 }),
  answers: fc.array(draw(ANSWER_KINDS), { maxLength: 60, size: 'max' }),
});
const options: fc.Arbitrary<ClientOptions> = fc.constantFrom<ClientOptions>(
  {},
  { readOnly: true, whenServersBehind: 'forget' },
  { auth: [{ scheme: 'digest', auth: 'user:one' }], limits: { inFlightMax: 3, queuedMax: 5 } },
  { operationTimeoutMs: 700, limits: { frameBytesMax: 1024 } },
);

/** One client from its first connection to its end. */
async function livesThrough(world: HostileWorld, ordeals: readonly Ordeal[], wanted: ClientOptions): Promise<void> {
  const session = new HostileSession(world, wanted);
  for (const each of ordeals) {
    await session.play(each);
    await session.recover();
  }
  expectAtRest(session, world);
  await session.close();
  expect(world.timers.running, 'timers after close').toBe(0);
}

function expectAtRest(session: HostileSession, world: HostileWorld): void {
  expect(session.faults).toEqual([]);
  expect([...session.pending]).toEqual([]);
  expect(session.holdings()).toEqual({ pending: 0, inFlight: 0, waiting: 0, watchedPaths: 0 });
  expect(world.timers.running).toBeLessThanOrEqual(TIMERS_AT_REST);
}

function report(where: string, answers: number): void {
  console.log(`fuzz, client ${where}: ${answers} answers, no failure; seed ${seed}`);
}

describe(`whatever servers answer, a client (seed ${seed})`, () => {
  it(
    'ends every call as it should, lets go of everything, and serves the next',
    async () => {
      let sent = 0;
      for (let batch = seed; sent < count * (1 - LASTING_PART - SOCKET_PART); batch += 1) {
        const survives = fc.asyncProperty(ordeal, options, async (each, wanted) => {
          const world = await virtualWorld(batch);
          await livesThrough(world, [each], wanted);
          expect(world.virtual.network.links.size, 'connections after close').toBe(0);
          sent += world.server.sent;
        });
        expectNoFailure(batch, await fc.check(survives, { seed: batch, numRuns: BATCH }));
        if (isLong && (batch - seed) % 20 === 0) console.log(`fuzz, client: ${sent} of ${count} answers`);
      }
      report('in virtual time', sent);
    },
    TIMEOUT_MS,
  );

  it(
    'does not grow',
    async () => {
      const world = await virtualWorld(seed);
      let session = new HostileSession(world, {});
      const sizes: number[] = [];
      const wanted = count * LASTING_PART;
      for (let batch = seed; world.server.sent < wanted || sizes.length < 2; batch += 1) {
        for (const each of fc.sample(ordeal, { seed: batch, numRuns: 10 })) {
          await session.play(each);
          await session.recover();
          if (!session.isOver) continue;
          await session.close();
          session = new HostileSession(world, {});
        }
        expectAtRest(session, world);
        if (world.server.sent >= wanted * (sizes.length === 0 ? 0.3 : 1)) sizes.push(await usedBytes());
      }
      await session.close();
      const [first = 0, last = 0] = sizes;
      expect(last - first, `bytes used: ${first}, then ${last}; seed ${seed}`).toBeLessThan(GROWTH_BYTES_MAX);
      report(`that lasts (${Math.round((last - first) / 1024)} KB more at the end)`, world.server.sent);
    },
    TIMEOUT_MS,
  );

  it(
    'does so over real sockets, too',
    async () => {
      const world = await socketWorld();
      for (let batch = seed; world.server.sent < count * SOCKET_PART; batch += 1) {
        await livesThrough(world, fc.sample(ordeal, { seed: batch, numRuns: 5 }), {});
      }
      await world.server.stop();
      report('over sockets', world.server.sent);
    },
    TIMEOUT_MS,
  );
});

function expectNoFailure(batch: number, details: fc.RunDetails<[Ordeal, ClientOptions]>): void {
  if (!details.failed) return;
  const replay = `npm run fuzz -- --only client --count 1 --seed ${batch}`;
  throw new Error(`${replay}\n${fc.defaultReportMessage(details)}`, { cause: details.errorInstance });
}
