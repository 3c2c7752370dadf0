import type { EnsemblePlan } from '../../../src/testing/sim/ensemble/ensemble-plan.js';
import { ensembleFleet } from '../../../src/testing/sim/ensemble/ensemble-fleet.js';
import type { FaultName } from '../../../src/testing/sim/faults.js';
import { Trouble } from '../../../src/testing/sim/faults.js';
import type { Fleet } from '../../../src/testing/sim/fleet.js';
import type { Plan } from '../../../src/testing/sim/plan.js';
import { planOf } from '../../../src/testing/sim/plan.js';
import { Population } from '../../../src/testing/sim/population.js';
import { SeededRandom } from '../../../src/testing/sim/seeded-random.js';
import { World } from '../../../src/testing/sim/world.js';
import type { TrialReport } from './report.js';
import { operationsIn, replayOf } from './report.js';
import { SimulatedTrialWorld } from './simulated-trial-world.js';
import { TrialStory } from './trial-story.js';
import type { Trial } from './trial.js';

export interface SimulatedOptions {
  readonly trial: Trial;
  readonly seed: number;
  /** How long things break, virtual ms. Default a minute. */
  readonly faultsMs?: number | undefined;
  /** Only these go wrong. By default the seed chooses. */
  readonly faults?: readonly FaultName[];
}

const FAULTS_MS = 60_000;
/** Work goes on for so long after everything is well again, ms. */
const WELL_MS = 5_000;
/** Whatever was begun has ended so long after closing, ms. */
const SETTLING_MAX_MS = 120_000;
const CALM_SESSIONS = 3;
/** For empty containers to go. */
const COLLECTION_MS = 10_000;
const ENSEMBLE: EnsemblePlan = {
  participants: [1, 2, 3],
  observers: [],
  groups: [],
  weights: new Map(),
  initLimit: 10,
  syncLimit: 3,
  isChanged: false,
};

/** Plays a trial in the simulated world of a seed: three servers, and trouble drawn from all that the simulator knows. */
export async function playSimulated(options: SimulatedOptions): Promise<TrialReport> {
  const play = new SimulatedPlay(options);
  const unhandled = (error: unknown): void => play.violated('no rejection goes unhandled', describe(error));
  process.on('unhandledRejection', unhandled);
  try {
    await play.run().catch((error: unknown) => play.violated('nothing is thrown', describe(error)));
    // Rejections are announced when the real turn ends.
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.off('unhandledRejection', unhandled);
  }
  return play.report();
}

class SimulatedPlay {
  readonly #options: SimulatedOptions;
  readonly #world: World;
  readonly #fleet: Fleet;
  readonly #trialWorld: SimulatedTrialWorld;
  readonly #trouble: Trouble;
  readonly #story: TrialStory;

  constructor(options: SimulatedOptions) {
    const { seed, faults } = options;
    const random = new SeededRandom(seed);
    const plan = trialPlan(random.fork('plan'), faults);
    const world = new World({ seed, ...plan, observe: (event) => this.#story.see(event) });
    const { violated } = this;
    this.#options = options;
    this.#story = new TrialStory(() => world.clock.nowMs);
    this.#world = world;
    this.#fleet = ensembleFleet({ world, plan, random, violated }, ENSEMBLE);
    const population = this.#newPopulation();
    this.#trialWorld = new SimulatedTrialWorld({
      world,
      plan,
      random: random.fork('trial'),
      connectString: this.#fleet.connectString,
      joined: (user) => population.add(user),
      violated,
      note: (message) => this.#story.note(message),
    });
    this.#trouble = new Trouble({
      world,
      fleet: this.#fleet,
      population,
      random: random.fork('trouble'),
      faults: plan.faults,
      gapMaxMs: plan.faultGapMaxMs,
      isLeftOut: () => false,
    });
  }

  readonly violated = (rule: string, message: string): void => this.#story.violated(rule, message);

  async run(): Promise<void> {
    const { trial, faultsMs = FAULTS_MS } = this.#options;
    const fleet = this.#fleet;
    fleet.start();
    if (!(await this.#until(() => fleet.isServing, 'the servers start'))) return;
    if (!(await this.#ends(async () => trial.play(this.#trialWorld), 'the trial begins'))) return;
    this.#trouble.start();
    await this.#pass(faultsMs);
    this.#trouble.stop();
    this.#heal();
    if (!(await this.#until(() => fleet.isServing, 'the servers serve again'))) return;
    await this.#pass(WELL_MS);
    await this.#end();
  }

  report(): TrialReport {
    const { trial, seed, faultsMs } = this.#options;
    const { violations } = this.#story;
    const lasting = faultsMs === undefined ? '' : ` --seconds ${faultsMs / 1000}`;
    const replay = replayOf(trial.name, `--seeds 1 --seed ${seed} --minutes 0${lasting}`);
    return {
      name: trial.name,
      faults: this.#trouble.faultCount,
      operations: operationsIn(this.#trialWorld.counted),
      violations,
      counted: this.#trialWorld.counted,
      story: violations.length === 0 ? null : this.#story.text(replay),
      replay,
    };
  }

  /** A process that trouble has killed is not replaced, and half of all live on. */
  #newPopulation(): Population {
    const population: Population = new Population({
      outside: this.#world.outside,
      successor: () => null,
      isSpared: () => population.clients().length <= this.#trialWorld.clientCount / 2,
    });
    return population;
  }

  /**
   * What was said over a slow connection can be under way for minutes, and everything later is behind it: it breaks. And a
   * trial's snapshot is larger than what the narrowest lines carry while servers wait for it.
   */
  #heal(): void {
    const { network } = this.#world;
    network.weather.widen();
    network.roads.healAll();
    for (const link of network.openLinks()) {
      const streams = [link.stream('client'), link.stream('server')];
      if (streams.some(({ incoming }) => incoming.slowness > 1 || incoming.travellingBytes > 0)) link.reset();
    }
  }

  async #end(): Promise<void> {
    const trialWorld = this.#trialWorld;
    const { trial } = this.#options;
    trialWorld.isClosing = true;
    const isOver = (): boolean => trialWorld.busy().length === 0;
    const why = (): string => `still busy: ${trialWorld.busy().join(', ')}`;
    if (!(await this.#until(isOver, 'everybody comes to an end', why))) return;
    // The sessions of the dead end meanwhile, and what recipes do behind their callers' backs is done.
    await this.#pass(CALM_SESSIONS * trialWorld.sessionTimeoutMaxMs + COLLECTION_MS);
    const { client } = trialWorld.newSimClient();
    await this.#ends(async () => trial.judge?.(trialWorld, client), 'the judge comes to an end');
  }

  async #pass(ms: number): Promise<void> {
    const { clock } = this.#world;
    await clock.run(() => this.#isBroken(), clock.nowMs + ms);
  }

  /** Asked after every step. */
  #isBroken(): boolean {
    this.#fleet.look();
    return this.#story.violations.length > 0;
  }

  /** Plays a part of the trial itself. */
  async #ends(part: () => Promise<void>, rule: string): Promise<boolean> {
    let hasEnded = false;
    part().then(
      () => (hasEnded = true),
      (error: unknown) => this.violated(rule, describe(error)),
    );
    return this.#until(() => hasEnded, rule);
  }

  /** Lets time pass until it is so; a violation when it does not become so. */
  async #until(isSo: () => boolean, rule: string, why: () => string = () => ''): Promise<boolean> {
    const { clock } = this.#world;
    await clock.run(() => this.#isBroken() || isSo(), clock.nowMs + SETTLING_MAX_MS);
    if (this.#story.violations.length > 0) return false;
    if (!isSo()) this.violated(rule, `not within ${SETTLING_MAX_MS} ms ${why()}`);
    return isSo();
  }
}

/** As the seed has it, but for what every trial has alike. */
function trialPlan(random: SeededRandom, faults?: readonly FaultName[]): Plan {
  const plan = planOf(random, { faults, servers: 'several' });
  // A trial ends its clients itself, or lets them be killed.
  return { ...plan, faults: plan.faults.filter((name) => name !== 'client leaves') };
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
