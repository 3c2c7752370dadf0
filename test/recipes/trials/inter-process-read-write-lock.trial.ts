import { InterProcessReadWriteLock } from '../../../src/recipes/index.js';
import type { Hold, WriteHold } from '../../../src/recipes/index.js';
import { acquireSomehow, countExpected, nothingIsLeft, useForAWhile } from './acquire-somehow.js';
import { FencedNode } from './fenced-node.js';
import { SharingBook } from './sharing-book.js';
import type { Trial, TrialClient, TrialWorld } from './trial.js';

const ROOT = '/trial-read-write';
const LOCK = `${ROOT}/lock`;
const CLIENTS = 5;
const CONTENDERS = 2;

type Kind = 'reader' | 'writer' | 'downgraded';

/** Readers, writers, and writers who become readers; what a writer has written nobody overwrites who was before it. */
export function trial(): Trial {
  let fenced: FencedNode;
  return {
    name: 'InterProcessReadWriteLock',
    play(world) {
      const book = readWriteBook(world);
      fenced = new FencedNode(world, `${ROOT}/fenced`);
      for (let left = CLIENTS; left > 0; left--) {
        const client = world.client();
        const lock = new InterProcessReadWriteLock(client.client, LOCK);
        for (let more = CONTENDERS; more > 0; more--) {
          world.worker(client, () => contend({ world, client, lock, book, fenced }));
        }
      }
    },
    async judge(world, fresh) {
      fenced.judge();
      await nothingIsLeft(world, fresh, LOCK);
    },
  };
}

/** No writer with anybody; whoever comes later has the larger token, and who was a writer keeps its own. */
function readWriteBook(world: TrialWorld): SharingBook<Kind> {
  let newest = -Infinity;
  let newestWriter = -Infinity;
  return new SharingBook<Kind>(world, LOCK, ({ token, kind }, others) => {
    const floor = kind === 'writer' ? newest : newestWriter;
    newest = Math.max(newest, token);
    if (kind === 'writer') newestWriter = Math.max(newestWriter, token);
    if (kind === 'downgraded' && token < newestWriter) return `writer ${newestWriter} has come in between`;
    if (kind !== 'downgraded' && token <= floor) return `${floor} was given out before`;
    const isAlone = !others.some((other) => kind === 'writer' || other.kind === 'writer');
    return isAlone ? null : 'a writer is not alone';
  });
}

interface Contender {
  readonly world: TrialWorld;
  readonly client: TrialClient;
  readonly lock: InterProcessReadWriteLock;
  readonly book: SharingBook<Kind>;
  readonly fenced: FencedNode;
}

async function contend(contender: Contender): Promise<void> {
  const { world, client } = contender;
  while (!world.isClosing) {
    await world.sleep(world.random.skewed(1, 500), client);
    if (world.random.chance(0.6)) await read(contender);
    else await write(contender);
  }
}

async function read({ world, client, lock, book }: Contender): Promise<void> {
  const hold = await acquireSomehow(world, client, lock.readLock());
  if (hold === null) return;
  book.follow(client, hold, 'reader');
  await useForAWhile(world, client, { isHeld: () => hold.isHeld(), step: async () => world.count('read') });
  await release(world, hold);
}

async function write(contender: Contender): Promise<void> {
  const { world, client, lock, book } = contender;
  const hold = await acquireSomehow(world, client, lock.writeLock());
  if (hold === null) return;
  book.follow(client, hold, 'writer');
  await use(contender, hold);
  if (world.random.chance(0.5)) await downgrade(contender, hold);
  // Whatever has become of it.
  await release(world, hold);
}

async function downgrade(contender: Contender, writer: WriteHold): Promise<void> {
  const { world, client, book } = contender;
  const { random } = world;
  const options = random.chance(0.5) ? {} : { timeoutMs: random.between(1, 3000) };
  const hold = await writer.downgrade(options).catch((error: unknown) => countExpected(world, error));
  if (!hold) return;
  world.count('downgraded');
  book.follow(client, hold, 'downgraded');
  await use(contender, hold);
  await release(world, hold);
}

/** Who was a writer may finish as a reader what it had begun: with its old token, and no other writer in between. */
function use({ world, client, fenced }: Contender, hold: Hold): Promise<void> {
  return useForAWhile(world, client, { isHeld: () => hold.isHeld(), step: () => fenced.write(client, hold) });
}

function release(world: TrialWorld, hold: Hold): Promise<void> {
  return hold.release().catch((error: unknown) => countExpected(world, error));
}
