import type { FinalState, SimEvent, Violation } from './history.js';
import { DATA_ROOT, LOCK_ROOT } from './history.js';
import type { Servers } from './check/calls.js';
import { checkHistory } from './check/check-history.js';
import { sameTrees } from './check/same-trees.js';
import { StepChecks } from './check/step-checks.js';
import type { Cuts } from './cuts.js';
import { ensembleFleet } from './ensemble/ensemble-fleet.js';
import type { FaultName } from './faults.js';
import { Trouble } from './faults.js';
import type { Fleet } from './fleet.js';
import { readFinalStates } from './final-state.js';
import { loneFleet } from './lone-fleet.js';
import type { Plan } from './plan.js';
import { planOf } from './plan.js';
import { Population } from './population.js';
import { SeededRandom } from './seeded-random.js';
import type { ServerHost } from './server-host.js';
import { SimClient } from './sim-client.js';
import type { Tally } from './tally.js';
import { Caller } from './workload/caller.js';
import { DataUser } from './workload/data-user.js';
import { Guarded } from './workload/guarded.js';
import { LockUser } from './workload/lock-user.js';
import { OpMaker } from './workload/op-maker.js';
import type { User } from './workload/user.js';
import { World } from './world.js';

export interface SimulateOptions {
  readonly seed: number;
  /** Only these go wrong. By default the seed chooses. */
  readonly faults?: readonly FaultName[];
  /** One server or an ensemble. By default the seed chooses. */
  readonly servers?: Servers;
  /** What is left out of the seed's world. */
  readonly cuts?: Cuts;
}

export interface SimulationResult {
  /** As they were given. */
  readonly options: SimulateOptions;
  readonly plan: Plan;
  /** Faults that happened or were left out. */
  readonly faultCount: number;
  readonly violations: readonly Violation[];
  readonly events: readonly SimEvent[];
  readonly tally: Tally;
  /** Of the whole history: two runs of one seed have the same. */
  readonly fingerprint: () => string;
  readonly virtualMs: number;
}

/** When everything is well again, everything that was begun must end within this time. */
const SETTLING_MAX_MS = 180_000;

/** After the last restart nobody does anything for so many session timeouts. */
const CALM_SESSIONS = 3;

/** Runs the world of one seed from beginning to end. */
export async function simulate(options: SimulateOptions): Promise<SimulationResult> {
  const simulation = new Simulation(options);
  const unhandled = (error: unknown): void => simulation.violated('no rejection goes unhandled', describe(error));
  process.on('unhandledRejection', unhandled);
  try {
    await simulation.run().catch((error: unknown) => simulation.violated('nothing is thrown', describe(error)));
    // Rejections are announced when the real turn ends.
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.off('unhandledRejection', unhandled);
  }
  return simulation.result();
}

class Simulation {
  private readonly options: SimulateOptions;
  private readonly plan: Plan;
  private readonly random: SeededRandom;
  private readonly world: World;
  private readonly fleet: Fleet;
  private readonly population: Population;
  private readonly trouble: Trouble;
  private readonly locks: ReadonlyMap<string, Guarded>;
  private readonly violations: Violation[] = [];
  private readonly checks: StepChecks;
  private clients = 0;

  constructor(options: SimulateOptions) {
    const { seed, faults, servers, cuts } = options;
    this.options = options;
    this.random = new SeededRandom(seed);
    this.plan = cut(planOf(this.random.fork('plan'), { faults, servers }), cuts ?? {});
    this.checks = new StepChecks((violation) => this.violations.push(violation), serversOf(this.plan));
    this.world = new World({ seed, ...this.plan, observe: (event) => this.checks.see(event) });
    const { world, plan } = this;
    const { outside } = world;
    const needs = { world, plan, random: this.random, violated: this.violated };
    this.fleet = plan.ensemble === null ? loneFleet(needs) : ensembleFleet(needs, plan.ensemble);
    const lockPaths = Array.from({ length: plan.locks }, (_, index) => `${LOCK_ROOT}/lock${index}`);
    this.locks = new Map(lockPaths.map((path) => [path, new Guarded(world, path)]));
    this.population = new Population({
      outside,
      successor: (gone) => (gone instanceof LockUser ? this.lockUser() : this.dataUser()),
    });
    this.trouble = new Trouble({
      world,
      fleet: this.fleet,
      population: this.population,
      random: this.random.fork('trouble'),
      faults: plan.faults,
      gapMaxMs: plan.faultGapMaxMs,
      isLeftOut: (number) => cuts?.leftOut?.includes(number) === true,
    });
  }

  readonly violated = (rule: string, message: string): void => {
    this.violations.push({ rule, message, events: [this.world.recorder.events.length - 1] });
  };

  async run(): Promise<void> {
    this.fleet.start();
    if (!(await this.until(() => this.fleet.isServing, 'the server starts'))) return;
    await this.makeRoot();
    this.populate();
    this.trouble.start();
    this.fleet.operator?.start();
    await this.pass(this.plan.durationMs);
    this.trouble.stop();
    this.fleet.operator?.stop();
    if (this.violations.length > 0) return;
    await this.end();
  }

  result(): SimulationResult {
    const { options, plan, world, violations } = this;
    const { recorder, tally, clock } = world;
    tally.count('step', clock.stepCount);
    return {
      options,
      plan,
      faultCount: this.trouble.faultCount,
      violations,
      events: recorder.events,
      tally,
      fingerprint: () => recorder.fingerprint(),
      virtualMs: clock.nowMs,
    };
  }

  private async end(): Promise<void> {
    this.population.stop();
    const settled = await this.until(
      () => this.fleet.isServing && this.fleet.operator?.isIdle !== false && this.population.busy().length === 0,
      'everything that was begun ends',
      () => `still busy: ${this.population.busy().join(', ')}`,
    );
    if (!settled) return;
    const { random, fleet, world, plan } = this;
    world.fault('last restart');
    const strike = random.pick<(server: ServerHost) => void>([
      (server) => server.kill(),
      (server) => server.powerOff(),
      (server) => server.stop(),
    ]);
    fleet.hosts.forEach(strike);
    if (!(await this.until(() => fleet.isDown, 'the server stops'))) return;
    if (!(await this.until(() => fleet.isServing, 'the server starts'))) return;
    // Whoever was cut off comes back, or its session ends; and what recipes do behind their callers' backs is done.
    await this.pass(CALM_SESSIONS * plan.sessionTimeoutMs);
    if (this.violations.length > 0) return;
    const [final, ...others] = await this.readAll();
    if (final === undefined) return;
    this.violations.push(...sameTrees([final, ...others], fleet.voters));
    const { events } = world.recorder;
    this.violations.push(...checkHistory({ events, servers: serversOf(plan), final, tally: world.tally }));
  }

  /** Of each server; none when that failed. */
  private async readAll(): Promise<FinalState[]> {
    const readers = this.fleet.hosts.map((server) => ({ client: this.client(server.connectString).client, server }));
    let final: FinalState[] | null = null;
    readFinalStates(readers).then(
      (states) => (final = states),
      (error: unknown) => this.violated('a healed server can be read', describe(error)),
    );
    await this.until(() => final !== null || this.violations.length > 0, 'the tree is read');
    return final ?? [];
  }

  private async pass(ms: number): Promise<void> {
    const { clock } = this.world;
    await clock.run(() => this.isBroken(), clock.nowMs + ms);
  }

  /** Asked after every step. */
  private isBroken(): boolean {
    this.fleet.look();
    return this.violations.length > 0;
  }

  /** Lets time pass until it is so; a violation when it does not become so. */
  private async until(isSo: () => boolean, rule: string, why: () => string = () => ''): Promise<boolean> {
    const { clock } = this.world;
    const isDone = (): boolean => this.isBroken() || isSo();
    await clock.run(isDone, clock.nowMs + SETTLING_MAX_MS);
    if (this.violations.length > 0) return false;
    if (isSo()) return true;
    this.violated(rule, `not within ${SETTLING_MAX_MS} ms ${why()}`);
    return false;
  }

  private async makeRoot(): Promise<void> {
    const client = this.client();
    const caller = this.caller(client);
    let isThere = false;
    void caller.call({ type: 'create', path: DATA_ROOT, data: null, mode: 'persistent' }).then(() => (isThere = true));
    await this.until(() => isThere, 'the root is made');
  }

  private populate(): void {
    const { population, plan } = this;
    for (let left = plan.dataUsers; left > 0; left--) population.add(this.dataUser());
    for (let left = plan.lockUsers; left > 0; left--) population.add(this.lockUser());
  }

  private dataUser(): User<SimClient> {
    const { plan, world } = this;
    const client = this.client();
    const random = this.random.fork(`user ${client.name}`);
    return new DataUser({
      client,
      caller: this.caller(client),
      random,
      ops: new OpMaker({ ...plan, random, author: client.name, newNumber: () => world.recorder.nextNumber() }),
      standingShare: plan.standingShare,
      syncShare: plan.syncShare,
      thinkMaxMs: plan.thinkMaxMs,
      burstMax: plan.burstMax,
    });
  }

  private lockUser(): User<SimClient> {
    const { plan, world, locks, violated } = this;
    const client = this.client();
    const random = this.random.fork(`user ${client.name}`);
    return new LockUser({ ...plan, world, client, random, locks, violated });
  }

  private client(connectString = this.fleet.connectString): SimClient {
    const { sessionTimeoutMs, clockDrift } = this.plan;
    const number = (this.clients += 1);
    return new SimClient(this.world, number, {
      connectString,
      clockRate: clockDrift.client(number),
      sessionTimeoutMs,
      backoff: { baseMs: 20, maxMs: 500 },
    });
  }

  private caller(client: SimClient): Caller {
    return new Caller({ world: this.world, client, violated: this.violated });
  }
}

function serversOf({ ensemble }: Plan): Servers {
  return ensemble === null ? 'one' : 'several';
}

function cut(plan: Plan, { durationMs, dataUsers, lockUsers }: Cuts): Plan {
  return {
    ...plan,
    durationMs: Math.min(plan.durationMs, durationMs ?? Infinity),
    dataUsers: Math.min(plan.dataUsers, dataUsers ?? Infinity),
    lockUsers: Math.min(plan.lockUsers, lockUsers ?? Infinity),
  };
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
