import { ConnectionLossError, NodeExistsError } from '../client/index.js';
import type { Client } from '../client/index.js';
import type { LocalEnsemble } from './local-ensemble.js';
import type { ServerProcess } from './server-process.js';
import { TourFailure } from './tour-failure.js';

const WORK = '/tour/work';
/** Written before the leader is killed, and again after. */
const WRITES = 150;

/** What the tour found when it killed the leader. */
export interface Failover {
  readonly dead: ServerProcess;
  readonly deadPid: number;
  readonly next: ServerProcess;
  /** Writes that were accepted before. */
  readonly before: number;
  /** In all. */
  readonly accepted: number;
  /** From the kill until a write was accepted that was begun after it. */
  readonly handOverMs: number;
}

/**
 * Writes one node after the other, kills the leader among them, goes on, and looks whether everything that was accepted is
 * there: nothing missing, nothing else.
 */
export async function killLeaderAtWork(
  client: Client,
  ensemble: LocalEnsemble,
  signal: AbortSignal,
): Promise<Failover> {
  const dead = ensemble.leader;
  if (dead === null) throw new TourFailure('no server says that it leads');
  const deadPid = dead.pid;
  await client.create(WORK, null);
  const work = new Work(client, signal);
  for (let count = 0; count < WRITES; count++) await work.writeNext();
  const before = work.accepted;
  const killedMs = client.monotonicMs();
  let isGone = false;
  const killing = dead.kill().then(() => {
    isGone = true;
  });
  let begunMs: number;
  // While it dies, a leader may still accept what is on its way.
  do begunMs = await work.writeNext();
  while (!isGone || begunMs < killedMs);
  const handOverMs = client.monotonicMs() - killedMs;
  await killing;
  for (let count = 0; count < WRITES; count++) await work.writeNext();
  await work.check();
  await ensemble.until(() => ensemble.leader !== null, signal);
  const next = ensemble.leader;
  if (next === null || next === dead) throw new TourFailure('no other server leads');
  return { dead, deadPid, next, before, accepted: work.accepted, handOverMs };
}

/** Nodes written one after the other; none is begun before the one before it was accepted. */
class Work {
  accepted = 0;
  readonly #client: Client;
  readonly #signal: AbortSignal;

  constructor(client: Client, signal: AbortSignal) {
    this.#client = client;
    this.#signal = signal;
  }

  /** Ms of the clock at which the attempt was begun that was accepted. */
  async writeNext(): Promise<number> {
    const path = `${WORK}/${nameOf(this.accepted + 1)}`;
    for (let isRepeated = false; ; isRepeated = true) {
      const begunMs = this.#client.monotonicMs();
      try {
        await this.#client.create(path, null, { signal: this.#signal });
      } catch (error) {
        // A connection that breaks leaves open whether the write was carried out: asked again, the server knows.
        const isThere = isRepeated && error instanceof NodeExistsError;
        if (!isThere && !(error instanceof ConnectionLossError)) throw error;
        if (!isThere) continue;
      }
      this.accepted++;
      return begunMs;
    }
  }

  /** Everything that was accepted is there, and nothing else. */
  async check(): Promise<void> {
    await this.#client.sync(WORK);
    const { children } = await this.#client.getChildren(WORK);
    const found = new Set(children);
    for (let number = 1; number <= this.accepted; number++) {
      if (!found.has(nameOf(number))) throw new TourFailure(`write ${number} was accepted, and is gone`);
    }
    if (found.size > this.accepted) throw new TourFailure('there is a write that nobody has made');
  }
}

function nameOf(number: number): string {
  return String(number).padStart(6, '0');
}
