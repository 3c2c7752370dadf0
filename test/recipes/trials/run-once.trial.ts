import { KeeperError, TimeoutError } from '../../../src/client/index.js';
import { runOnce } from '../../../src/recipes/index.js';
import type { OccasionRun, RunOnceOptions } from '../../../src/recipes/index.js';
import type { Trial, TrialClient, TrialWorld } from './trial.js';

const ROOT = '/trial-run-once';
const CLIENTS = 5;
const INTERVAL_MS = 500;
/** How far apart the replicas' clocks are. */
const SKEW_MAX_MS = 300;
const RUN_MAX_MS = 400;
/** Greater than every other occasion. */
const LAST = 'ticks no more';
const LAST_WAIT_MS = 60_000;

type Mode = 'leave' | 'run-again';

interface Run {
  readonly client: TrialClient;
  readonly run: OccasionRun;
  isOver: boolean;
}

/** All runs of a job: of each occasion one, or with `run-again` one at a time, and one that ends. */
class Runs {
  readonly #world: TrialWorld;
  readonly #mode: Mode;
  readonly #byOccasion = new Map<string, Run[]>();
  lastEnded = 0;

  constructor(world: TrialWorld, mode: Mode) {
    this.#world = world;
    this.#mode = mode;
  }

  begins(client: TrialClient, run: OccasionRun): Run {
    const earlier = this.#byOccasion.get(run.occasion) ?? [];
    const begun: Run = { client, run, isOver: false };
    this.#world.note(`${client.name} runs ${this.#mode}, ${run.occasion}, token ${run.token}`);
    this.#world.count(`ran, ${this.#mode}`);
    const say = (what: string): void => this.#world.violated(`${this.#mode}, ${run.occasion}: ${what}`);
    if (this.#mode === 'leave' && earlier.length > 0) say(`${earlier[0]?.client.name} and ${client.name} run it`);
    for (const other of earlier) {
      const standsStill = this.#world.isStalled(other.client) || other.client.isDead;
      if (other.isOver || standsStill || other.run.signal.aborted) continue;
      say(`${client.name} runs it while ${other.client.name} does, and was not told`);
    }
    // The answer to a claim can be late: a run of an earlier occasion may begin after one of a later occasion.
    for (const [occasion, runs] of this.#byOccasion) {
      for (const { run: other } of runs) {
        const isInOrder = occasion > run.occasion ? other.token > run.token : other.token < run.token;
        if (!isInOrder) say(`has token ${run.token}, and ${occasion} has ${other.token}`);
      }
    }
    this.#byOccasion.set(run.occasion, [...earlier, begun]);
    return begun;
  }

  ends(run: Run): void {
    run.isOver = true;
    if (run.run.occasion === LAST) this.lastEnded += 1;
  }
}

/** Replicas with timers that are off by some, which all call for every occasion. */
export function trial(): Trial {
  const books: Runs[] = [];
  return {
    name: 'runOnce',
    play(world) {
      for (const mode of ['leave', 'run-again'] as const) {
        const runs = new Runs(world, mode);
        books.push(runs);
        for (let left = CLIENTS; left > 0; left--) {
          const client = world.client();
          world.worker(client, () => keepTime({ world, client, runs, mode }));
        }
      }
    },
    async judge(world, fresh) {
      for (const { lastEnded } of books) {
        if (lastEnded !== 1)
          world.violated(`the last occasion, for which all calmly waited, was run ${lastEnded} times`);
      }
      for (const mode of ['leave', 'run-again']) {
        const { children } = await fresh.getChildren(`${ROOT}/${mode}`);
        if (children.some((name) => name !== 'last' && name !== 'lock')) world.violated(`left: ${children.join(', ')}`);
      }
    },
  };
}

interface Replica {
  readonly world: TrialWorld;
  readonly client: TrialClient;
  readonly runs: Runs;
  readonly mode: Mode;
}

async function keepTime(replica: Replica): Promise<void> {
  const { world, client } = replica;
  const skewMs = world.random.between(0, SKEW_MAX_MS);
  while (!world.isClosing) {
    const tick = Math.floor((world.nowMs + skewMs) / INTERVAL_MS);
    await call(replica, `tick ${String(tick).padStart(9, '0')}`, { timeoutMs: world.random.between(20, 5000) });
    await world.sleep(INTERVAL_MS - ((world.nowMs + skewMs) % INTERVAL_MS), client);
  }
  await call(replica, LAST, { timeoutMs: LAST_WAIT_MS });
}

async function call(
  { world, client, runs, mode }: Replica,
  occasion: string,
  wait: Pick<RunOnceOptions, 'timeoutMs'>,
): Promise<void> {
  const options = {
    path: `${ROOT}/${mode}`,
    occasion,
    ifCrashed: mode,
    by: client.name,
    onError: () => world.count('error note'),
    ...wait,
  };
  try {
    const result = await runOnce(client.client, options, async (run) => {
      const begun = runs.begins(client, run);
      await world.sleep(world.random.skewed(0, RUN_MAX_MS), client);
      runs.ends(begun);
    });
    if (!result.ran) world.count(`not run: ${result.reason}`);
  } catch (error) {
    if (!(error instanceof KeeperError)) throw error;
    if (occasion === LAST && error instanceof TimeoutError) world.violated(`${client.name} is not told of ${LAST}`);
    world.count(`error ${error.code}`);
  }
}
