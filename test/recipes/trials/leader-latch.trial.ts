import { KeeperError, TimeoutError } from '../../../src/client/index.js';
import type { Client } from '../../../src/client/index.js';
import { LeaderLatch } from '../../../src/recipes/index.js';
import type { LeaderTerm } from '../../../src/recipes/index.js';
import { ExclusiveBook } from './exclusive-book.js';
import { FencedNode } from './fenced-node.js';
import { childrenLeft } from './children-left.js';
import type { Trial, TrialClient, TrialWorld } from './trial.js';

const ROOT = '/trial-leader-latch';
const PATH = `${ROOT}/latch`;
const CLIENTS = 5;
const TERM_MAX_MS = 800;
const WAIT_MAX_MS = 5000;
/** Of the last wait, when nothing breaks any more: everybody leads once, one after the other. */
const LAST_WAIT_MS = 60_000;

interface Participant {
  readonly world: TrialWorld;
  readonly client: TrialClient;
  readonly book: ExclusiveBook;
  readonly fenced: FencedNode;
}

/** Latches that lead, resign, close and come again; when all is calm, each of them leads once more. */
export function trial(): Trial {
  let fenced: FencedNode;
  return {
    name: 'LeaderLatch',
    play(world) {
      const book = new ExclusiveBook(world, PATH);
      fenced = new FencedNode(world, `${ROOT}/fenced`);
      for (let left = CLIENTS; left > 0; left--) {
        const client = world.client();
        world.worker(client, () => takePart({ world, client, book, fenced }));
      }
      const observer = world.client();
      world.worker(observer, () => observe(world, observer));
    },
    async judge(world, fresh: Client) {
      fenced.judge();
      const left = await childrenLeft(fresh, PATH);
      if (left.length > 0) world.violated(`nodes are left in the line: ${left.join(', ')}`);
    },
  };
}

async function takePart(participant: Participant): Promise<void> {
  const { world, client } = participant;
  while (!world.isClosing) {
    const latch = new LeaderLatch(client.client, PATH, {
      id: client.name,
      onError: (error) => unexpected(world, error),
    });
    latch.start();
    const booked = bookTerms(participant, latch);
    // Now and then it is closed and opened again, wherever it stands.
    const endsMs = client.client.monotonicMs() + world.random.skewed(100, 15_000);
    while (!world.isClosing && client.client.monotonicMs() < endsMs) await leadOnce(participant, latch);
    if (world.isClosing) await leadAtLast(participant, latch);
    await latch.close();
    if (latch.hasLeadership()) world.violated(`${client.name} leads with a closed latch`);
    await booked;
  }
}

/** Each term that begins is told of once, as soon as it begins. */
async function bookTerms({ client, book, world }: Participant, latch: LeaderLatch): Promise<void> {
  let last = -1;
  for await (const term of latch.terms()) {
    if (term.token <= last) world.violated(`${client.name} was given term ${term.token} after ${last}`);
    last = term.token;
    book.follow(client, term);
  }
}

async function leadOnce({ world, client, book, fenced }: Participant, latch: LeaderLatch): Promise<void> {
  const { random } = world;
  let term: LeaderTerm;
  try {
    term = await latch.awaitLeadership({ timeoutMs: random.between(5, WAIT_MAX_MS) });
  } catch (error) {
    expected(world, error);
    return;
  }
  const maxMs = random.chance(0.1) ? 2 * client.client.negotiatedTimeoutMs : random.skewed(0, TERM_MAX_MS);
  const endsMs = client.client.monotonicMs() + maxMs;
  // The worker that books terms has its turn first.
  await world.sleep(1, client);
  while (term.isHeld() && client.client.monotonicMs() < endsMs && !world.isClosing) {
    book.used(client, term.token);
    await fenced.write(client, term);
    await world.sleep(random.skewed(1, TERM_MAX_MS / 2), client);
  }
  if (random.chance(0.7)) await term.resign().catch((error: unknown) => expected(world, error));
}

async function leadAtLast({ world, client }: Participant, latch: LeaderLatch): Promise<void> {
  try {
    await latch.awaitLeadership({ timeoutMs: LAST_WAIT_MS });
    world.count('led at last');
  } catch (error) {
    if (error instanceof TimeoutError) world.violated(`${client.name} did not lead within ${LAST_WAIT_MS} ms of calm`);
    else expected(world, error);
  }
}

async function observe(world: TrialWorld, observer: TrialClient): Promise<void> {
  const latch = new LeaderLatch(observer.client, PATH);
  const stopping = new AbortController();
  const watching = (async () => {
    for await (const leader of latch.observeLeader({ signal: stopping.signal })) {
      world.count(leader === null ? 'observed nobody' : 'observed a leader');
    }
  })();
  while (!world.isClosing) await world.sleep(200, observer);
  stopping.abort();
  await watching;
  await latch.close();
}

function expected(world: TrialWorld, error: unknown): void {
  if (!(error instanceof KeeperError)) throw error;
  world.count(`error ${error.code}`);
}

function unexpected(world: TrialWorld, error: unknown): void {
  world.violated(`a latch reports ${String(error)}`);
}
