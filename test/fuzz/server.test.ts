import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runSize } from '../support/run-size.js';
import {
  expectConnectionsGone,
  expectNothingHeld,
  expectSameTreeAgain,
  removeEverything,
} from './support/aftermath.js';
import { holdingsOf } from './support/ask-word.js';
import type { Script } from './support/conversation.js';
import { Conversation, script } from './support/conversation.js';
import type { FuzzWorld } from './support/fuzz-world.js';
import { MemoryWorld } from './support/memory-world.js';
import { SocketWorld } from './support/socket-world.js';
import { Witness } from './support/witness.js';
import { usedBytes } from '../support/used-bytes.js';

const { count, seed, isLong } = runSize('FUZZ_SERVER', 20_000);

/** Conversations between two looks at how far it has come; a failure is replayed from the start of its batch. */
const BATCH = 50;
/** What part of the frames goes to a server that lives through all of them, and what part over real sockets. */
const LASTING_PART = 0.1;
const SOCKET_PART = 0.04;
/** Between two measurements of a server that has let everything go. */
const GROWTH_BYTES_MAX = 6 * 1024 * 1024;
/** Then a failure is told as far as it was shrunk, and a batch that passes so far is left at that. */
const BATCH_MAX_MS = 60_000;
const TIMEOUT_MS = 2 * BATCH_MAX_MS + 2 * count;

interface Tally {
  sent: number;
  answered: number;
  conversations: number;
}

function newTally(): Tally {
  return { sent: 0, answered: 0, conversations: 0 };
}

async function converse(world: FuzzWorld, witness: Witness, steps: Script, tally: Tally): Promise<void> {
  const conversation = new Conversation(world, witness);
  await conversation.play(steps);
  tally.sent += conversation.sent;
  tally.answered += conversation.answered;
  tally.conversations += 1;
}

function report(what: string, { sent, answered, conversations }: Tally): void {
  console.log(
    `fuzz, server ${what}: ${sent} frames in ${conversations} conversations, ${answered} answers, no failure; seed ${seed}`,
  );
}

describe(`whatever strangers send, a server (seed ${seed})`, () => {
  it(
    'does not grow',
    async () => {
      const tally = newTally();
      const world = await MemoryWorld.start(seed);
      const { zk_znode_count: nodesAtFirst } = await holdingsOf(world);
      const sizes: number[] = [];
      for (let batch = seed; tally.sent < count * LASTING_PART || sizes.length < 2; batch += 1) {
        const witness = await Witness.begin(world);
        for (const steps of fc.sample(script, { seed: batch, numRuns: 10 }))
          await converse(world, witness, steps, tally);
        await witness.end();
        await expectNothingHeld(world);
        await removeEverything(world);
        await world.wait(10_000);
        expect((await holdingsOf(world)).zk_znode_count).toBe(nodesAtFirst);
        if (sizes.length === 0 ? tally.sent >= count * LASTING_PART * 0.3 : tally.sent >= count * LASTING_PART)
          sizes.push(await usedBytes());
      }
      const [first = 0, last = 0] = sizes;
      expect(last - first, `bytes used: ${first}, then ${last}; seed ${seed}`).toBeLessThan(GROWTH_BYTES_MAX);
      await expectSameTreeAgain(world);
      report(`that lasts (${Math.round((last - first) / 1024)} KB more at the end)`, tally);
    },
    TIMEOUT_MS,
  );

  it(
    'serves everybody else, lets go of everything, and writes what it can read',
    async () => {
      const tally = newTally();
      const wanted = count * (1 - LASTING_PART - SOCKET_PART);
      for (let batch = seed; tally.sent < wanted; batch += 1) {
        const playAll = fc.asyncProperty(script, async (steps) => {
          const world = await MemoryWorld.start(batch);
          const witness = await Witness.begin(world);
          await converse(world, witness, steps, tally);
          await witness.end();
          await expectNothingHeld(world);
          await expectSameTreeAgain(world);
        });
        expectNoFailure(
          batch,
          await fc.check(playAll, { seed: batch, numRuns: BATCH, interruptAfterTimeLimit: BATCH_MAX_MS }),
        );
        if (isLong && (batch - seed) % 10 === 0) console.log(`fuzz, server: ${tally.sent} of ${count} frames`);
      }
      report('in memory', tally);
    },
    TIMEOUT_MS,
  );

  it(
    'serves everybody else over real sockets, too',
    async () => {
      const tally = newTally();
      const world = await SocketWorld.start();
      const witness = await Witness.begin(world);
      for (let batch = seed; tally.sent < count * SOCKET_PART; batch += 1) {
        for (const steps of fc.sample(script, { seed: batch, numRuns: 10 }))
          await converse(world, witness, steps, tally);
      }
      await witness.end();
      await expectConnectionsGone(world);
      await world.close();
      report('over sockets', tally);
    },
    TIMEOUT_MS,
  );
});

function expectNoFailure(batch: number, details: fc.RunDetails<[Script]>): void {
  if (!details.failed) return;
  const replay = `npm run fuzz -- --only server --count 1 --seed ${batch}`;
  throw new Error(`${replay}\n${fc.defaultReportMessage(details)}`, { cause: details.errorInstance });
}
