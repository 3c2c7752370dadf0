import type { Servers } from './check/calls.js';
import type { EnsemblePlan } from './ensemble/ensemble-plan.js';
import { ensemblePlanOf } from './ensemble/ensemble-plan.js';
import type { FaultName } from './faults.js';
import { FAULT_NAMES, LONE_FAULT_NAMES } from './faults.js';
import type { SeededRandom } from './seeded-random.js';
import type { WeatherOptions } from './weather.js';

/** The one that locks must stand above all. */
const LEASE_FAULT: FaultName = 'answers late before silence';

/** What kind of world a seed stands for. Each is different in many things at once: that finds more than one average world. */
export interface Plan {
  /** Null: one server that is alone. */
  readonly ensemble: EnsemblePlan | null;
  readonly durationMs: number;
  readonly turnMs: number;
  readonly weather: WeatherOptions;
  readonly disk: { readonly syncMinMs: number; readonly syncMaxMs: number; readonly reordersSectors: boolean };
  readonly clockDrift: ClockDrift;
  readonly faults: readonly FaultName[];
  readonly faultGapMaxMs: number;
  readonly sessionTimeoutMs: number;
  readonly dataUsers: number;
  readonly lockUsers: number;
  readonly locks: number;
  readonly topNodes: number;
  readonly readShare: number;
  readonly watchShare: number;
  /** How often a user leaves a standing watch, or takes one away, between two bursts of calls. */
  readonly standingShare: number;
  /** How often a user asks for a sync, and then looks: what one of several servers shows may be old otherwise. */
  readonly syncShare: number;
  readonly thinkMaxMs: number;
  readonly burstMax: number;
  readonly holdMaxMs: number;
  readonly contenders: number;
}

/**
 * How fast clocks run. No clock of a client is slower than that of a server: a client that counts its session's time more
 * slowly than the servers do cannot know in time that it is over, whatever anybody does about it.
 */
export interface ClockDrift {
  server(sid: number): number;
  client(number: number): number;
}

/** Of good clocks, and of clocks that are one in a hundred wrong. */
const DRIFTS = [0, 0.0001, 0.01] as const;

function clockDrift(random: SeededRandom): ClockDrift {
  const drift = random.pick(DRIFTS);
  return {
    server: (sid) => 1 - drift * random.fork(`clock of server ${sid}`).float(),
    client: (number) => 1 + drift * random.fork(`clock of client ${number}`).float(),
  };
}

const SYNC_SHARE = 0.25;
/** How many worlds have an ensemble. */
const ENSEMBLE_SHARE = 2 / 3;

export interface PlanOptions {
  /** Only these go wrong. By default the seed chooses. */
  readonly faults?: readonly FaultName[] | undefined;
  /** One server or an ensemble. By default the seed chooses. */
  readonly servers?: Servers | undefined;
}

export function planOf(random: SeededRandom, { faults, servers }: PlanOptions = {}): Plan {
  const drawn: Servers = random.fork('servers').chance(ENSEMBLE_SHARE) ? 'several' : 'one';
  const isEnsemble = (servers ?? drawn) === 'several';
  // Who is alone with a server is served in another way: answers leave at once, and syncs hold up the process.
  const isSolitary = random.fork('nobody else').chance(0.1);
  const standingShare = random.fork('standing watches').chance(0.3) ? 0.15 : 0;
  const plan = {
    ...crowdedPlan(random, isEnsemble ? FAULT_NAMES : LONE_FAULT_NAMES),
    ...(faults === undefined ? {} : { faults }),
    ensemble: isEnsemble ? ensemblePlanOf(random.fork('ensemble')) : null,
    clockDrift: clockDrift(random.fork('clocks')),
    standingShare,
    syncShare: isEnsemble ? SYNC_SHARE : 0,
  };
  return isSolitary ? { ...plan, dataUsers: 1, lockUsers: 0, thinkMaxMs: 20 } : plan;
}

function crowdedPlan(
  random: SeededRandom,
  faultNames: readonly FaultName[],
): Omit<Plan, 'ensemble' | 'standingShare' | 'syncShare' | 'clockDrift'> {
  const latencyMinMs = random.pick([0.05, 1, 5]);
  const drawnTimeoutMs = random.pick([1000, 2000, 4000, 8000]);
  // Many who want one lock, and little else: there most faults strike somebody who holds it, or waits for it.
  const isAboutLocks = random.chance(0.35);
  // Against the tick, to which the server rounds up, a short session leaves no room for mistakes about its end.
  const sessionTimeoutMs = isAboutLocks ? Math.max(4000, drawnTimeoutMs) : drawnTimeoutMs;
  return {
    durationMs: random.between(8_000, 25_000),
    turnMs: random.pick([0.25, 1, 1, 4]),
    weather: {
      latencyMinMs,
      latencyMaxMs: latencyMinMs + random.pick([1, 20, 150]),
      bandwidth: random.pick([50, 1000, 100_000]),
      windowBytes: random.pick([256, 4096, 65_536]),
      congestedBytes: random.pick([64, 16_384]),
      splitChance: random.pick([0, 0.1, 0.6]),
      joinChance: random.pick([0, 0.3]),
      abruptChance: random.pick([0, 0.3, 1]),
    },
    disk: { syncMinMs: 0.1, syncMaxMs: random.pick([1, 10, 120]), reordersSectors: random.chance(0.5) },
    faults: faultNames.filter((name) => random.chance(0.4) || (isAboutLocks && name === LEASE_FAULT)),
    faultGapMaxMs: random.pick([1500, 5000, 15_000]),
    sessionTimeoutMs,
    dataUsers: isAboutLocks ? random.below(2) : 2 + random.below(3),
    lockUsers: isAboutLocks ? 3 + random.below(3) : random.below(4),
    locks: isAboutLocks ? 1 : 1 + random.below(2),
    topNodes: 2 + random.below(4),
    readShare: random.pick([0.2, 0.5, 0.8]),
    watchShare: random.pick([0.1, 0.5]),
    thinkMaxMs: random.pick([200, 1000, 3000]),
    burstMax: random.pick([1, 3, 8]),
    holdMaxMs: random.pick([100, 1000, sessionTimeoutMs * 2]),
    contenders: 1 + random.below(2),
  };
}
