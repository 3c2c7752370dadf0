import { LeaderSelector } from '../../../src/recipes/index.js';
import type { LeaderTerm } from '../../../src/recipes/index.js';
import { childrenLeft } from './children-left.js';
import { ExclusiveBook } from './exclusive-book.js';
import { FencedNode } from './fenced-node.js';
import type { Trial, TrialClient, TrialWorld } from './trial.js';

const ROOT = '/trial-leader-selector';
const PATH = `${ROOT}/selector`;
const CLIENTS = 5;
const TERM_MAX_MS = 600;
const LAST_WAIT_MS = 60_000;
const LOOK_MS = 20;

/** Whose callback runs, and in which term. */
type Running = Map<TrialClient, LeaderTerm>;

interface Candidate {
  readonly world: TrialWorld;
  readonly client: TrialClient;
  readonly book: ExclusiveBook;
  readonly fenced: FencedNode;
  readonly running: Running;
}

/** Selectors whose callbacks take their time, are interrupted, fail, and are closed; when all is calm, each leads once more. */
export function trial(): Trial {
  let fenced: FencedNode;
  return {
    name: 'LeaderSelector',
    play(world) {
      const book = new ExclusiveBook(world, PATH);
      const running: Running = new Map();
      fenced = new FencedNode(world, `${ROOT}/fenced`);
      for (let left = CLIENTS; left > 0; left--) {
        const client = world.client();
        world.worker(client, () => stand({ world, client, book, fenced, running }));
      }
    },
    async judge(world, fresh) {
      fenced.judge();
      const left = await childrenLeft(fresh, PATH);
      if (left.length > 0) world.violated(`nodes are left in the line: ${left.join(', ')}`);
    },
  };
}

async function stand(candidate: Candidate): Promise<void> {
  const { world, client } = candidate;
  const { random } = world;
  let terms = 0;
  while (!world.isClosing) {
    const onError = (error: unknown): void => {
      if (!(error instanceof Error && error.message === 'on purpose')) world.violated(`reported: ${String(error)}`);
    };
    const options = { id: client.name, onError };
    const lead = async (term: LeaderTerm): Promise<void> => {
      terms += 1;
      await takeLeadership(candidate, term);
      if (random.chance(0.1)) throw new Error('on purpose');
    };
    const selector = new LeaderSelector(client.client, PATH, lead, options);
    selector.start();
    const endsMs = client.client.monotonicMs() + random.skewed(100, 20_000);
    while (!world.isClosing && client.client.monotonicMs() < endsMs) {
      await world.sleep(random.skewed(10, 3000), client);
      if (selector.interruptLeadership()) world.count('interrupted');
    }
    if (world.isClosing) await leadAtLast(candidate, () => terms);
    await selector.close();
    if (candidate.running.has(client)) world.violated(`the callback of ${client.name} outlives its selector`);
  }
}

async function takeLeadership({ world, client, book, fenced, running }: Candidate, term: LeaderTerm): Promise<void> {
  const { random } = world;
  if (running.has(client)) world.violated(`${client.name} runs two callbacks at once`);
  for (const [other, held] of running) {
    // Who does not run cannot end its callback; and nobody waits for one whose session may be over.
    if (other.isDead || world.isStalled(other) || !isAlive(other, held)) continue;
    world.violated(`the callback of ${client.name} begins while that of ${other.name} runs, whose session lives`);
  }
  running.set(client, term);
  book.follow(client, term);
  try {
    const endsMs = client.client.monotonicMs() + random.skewed(0, TERM_MAX_MS);
    do {
      if (term.isHeld()) {
        book.used(client, term.token);
        await fenced.write(client, term);
      }
      // Some are slow to see that they shall stop.
      await world.sleep(random.skewed(1, TERM_MAX_MS / 2), client);
    } while (!term.signal.aborted && client.client.monotonicMs() < endsMs);
  } finally {
    running.delete(client);
  }
}

async function leadAtLast({ world, client }: Candidate, terms: () => number): Promise<void> {
  const before = terms();
  const endsMs = client.client.monotonicMs() + LAST_WAIT_MS;
  while (terms() === before) {
    if (client.client.monotonicMs() > endsMs) {
      world.violated(`${client.name} did not lead within ${LAST_WAIT_MS} ms of calm`);
      return;
    }
    await world.sleep(LOOK_MS, client);
  }
  world.count('led at last');
}

/** The session of the term, as far as its client can vouch for it. */
function isAlive({ client }: TrialClient, { sessionId }: LeaderTerm): boolean {
  const isItsOwn = client.sessionId === sessionId && !client.session.signal.aborted;
  return isItsOwn && client.leaseDeadlineMs > client.monotonicMs();
}
