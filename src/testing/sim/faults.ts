import { ENSEMBLE_FAULTS } from './ensemble-faults.js';
import { delayNextAnswer } from './late-answers.js';
import type { Population } from './population.js';
import type { SeededRandom } from './seeded-random.js';
import type { Fleet } from './fleet.js';
import type { ServerHost } from './server-host.js';
import type { SimClient } from './sim-client.js';
import type { Side, VirtualLink } from './virtual-link.js';
import type { World } from './world.js';

/** What can be broken. */
export interface Victims {
  readonly world: World;
  readonly random: SeededRandom;
  readonly fleet: Fleet;
  readonly population: Population;
}

export type Fault = (victims: Victims, name: string) => void;

const STRIKE_ACTIONS = 12;
const STALL_MAX_MS = 12_000;

/** Everything that goes wrong in simulated worlds, by its name in reports. */
const FAULTS = {
  ...ENSEMBLE_FAULTS,
  'connection reset': onLink((link, { random }) => link.reset(random.pick(['both', 'both', 'client', 'server']))),
  'reply lost': onLink((link, { random }) => link.loseNextReply(random.chance(0.5))),
  'one way stalled': onLink((link, { random, world }) => {
    const side = random.pick<Side>(['client', 'server']);
    link.stream(side).incoming.stalledUntilMs = world.clock.nowMs + random.skewed(50, STALL_MAX_MS);
  }),
  'link slow': onLink((link, { random }) => {
    slowDown(link, random.between(2, 40));
  }),
  'client cut off': onClient((client, { world, random }) =>
    world.network.isolate(client.host, random.skewed(50, STALL_MAX_MS)),
  ),
  'answers late before silence': (victims, name) => {
    const { population, random, world } = victims;
    // Most of all it matters to who holds a lock.
    const client = random.oneOf(population.holders()) ?? random.oneOf(population.clients());
    if (client === undefined) return;
    world.fault(name, client.name);
    delayNextAnswer(client, world);
  },
  'client stalled': onClient((client, { random }) => client.stall(random.skewed(50, STALL_MAX_MS))),
  'client killed': onClient((client, { population }) => population.kill(client)),
  'client leaves': onClient((client, { population }) => population.retire(client)),
  'server stalled': onServer((server, { random }) => {
    server.host?.process.stall(random.skewed(50, STALL_MAX_MS / 2));
  }),
  'server killed': onServer((server, { random }) => struck(server, random, () => server.kill())),
  'power lost': onServer((server, { random }) => struck(server, random, () => server.powerOff())),
  'server stopped': onServer((server) => server.stop()),
  'disk slow': onServer(({ disk }, { random, world }) => {
    disk.setSlowness(random.between(5, 200));
    world.outside.after(random.skewed(100, STALL_MAX_MS / 2), () => disk.setSlowness(1));
  }),
  'log sync fails': onServer(({ disk }) => disk.failSync()),
  'disk full': onServer(({ disk }, { random, world }) => {
    disk.setFull(true);
    world.outside.after(random.skewed(100, STALL_MAX_MS / 2), () => disk.setFull(false));
  }),
  'wall clock jumps': onServer(({ host }, { random }) => {
    if (host !== null) host.process.wallOffsetMs += random.between(-10_000, 10_000);
  }),
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof FAULTS;
export const FAULT_NAMES = Object.keys(FAULTS) as FaultName[];
/** What can go wrong where there is only one server. */
export const LONE_FAULT_NAMES = FAULT_NAMES.filter((name) => !(name in ENSEMBLE_FAULTS));
const NO_FAULTS = 'none';

/** A list of faults as command lines have it: names with commas between them, or `none`. */
export function faultsText(faults: readonly FaultName[]): string {
  return faults.length === 0 ? NO_FAULTS : faults.join(',');
}

/** The faults in such a list; null where one of them does not exist. */
export function faultsOf(text: string): FaultName[] | null {
  if (text === NO_FAULTS) return [];
  const names = text.split(',');
  const known = FAULT_NAMES.filter((name) => names.includes(name));
  return known.length === new Set(names).size ? known : null;
}

export interface TroubleOptions extends Victims {
  readonly faults: readonly FaultName[];
  /** Between two of them, ms. */
  readonly gapMaxMs: number;
  /** The n-th of them, from 0, does not happen. */
  readonly isLeftOut: (number: number) => boolean;
}

/** Breaks things, one after the other, until it is told to stop. */
export class Trouble {
  private readonly options: TroubleOptions;
  private isStopped = false;
  private number = 0;

  constructor(options: TroubleOptions) {
    this.options = options;
  }

  /** So many have happened, or were left out. */
  get faultCount(): number {
    return this.number;
  }

  start(): void {
    const { world, random, faults, gapMaxMs, isLeftOut } = this.options;
    world.outside.after(random.skewed(1, gapMaxMs), () => {
      if (this.isStopped) return;
      const name = random.oneOf(faults);
      if (name === undefined) return;
      // Each draws from a chance of its own: those that are left out do not change the others.
      const number = this.number++;
      const own = { ...this.options, random: random.fork(`fault ${number}`) };
      if (!isLeftOut(number)) FAULTS[name](own, name);
      this.start();
    });
  }

  /**
   * Nothing new breaks; disks are well again, and connections as fast as they were: those between servers last. What was cut
   * off or stalled for a while stays so for that while.
   */
  stop(): void {
    const { fleet, world } = this.options;
    this.isStopped = true;
    fleet.heal();
    for (const link of world.network.openLinks()) slowDown(link, 1);
  }
}

/** Now, or while the disk is at work: there a crash finds most in the making. */
function struck({ disk }: ServerHost, random: SeededRandom, strike: () => void): void {
  const when = random.pick(['now', 'at a log sync', 'at any action']);
  if (when === 'now') strike();
  else if (when === 'at a log sync') disk.strikeInLogSync(strike);
  else disk.strikeIn(1 + random.below(STRIKE_ACTIONS), strike);
}

function slowDown(link: VirtualLink, times: number): void {
  for (const side of ['client', 'server'] as const) link.stream(side).incoming.slowness = times;
}

function onLink(strike: (link: VirtualLink, victims: Victims) => void): Fault {
  return (victims, name) => {
    const link = victims.random.oneOf(victims.world.network.openLinks());
    if (link === undefined) return;
    victims.world.fault(name, link.server.remoteAddress);
    strike(link, victims);
  };
}

function onClient(strike: (client: SimClient, victims: Victims) => void): Fault {
  return (victims, name) => {
    const client = victims.random.oneOf(victims.population.clients());
    if (client === undefined) return;
    victims.world.fault(name, client.name);
    strike(client, victims);
  };
}

/** A server that is starting may be struck as well. */
function onServer(strike: (server: ServerHost, victims: Victims) => void): Fault {
  return (victims, name) => {
    const { fleet, random, world } = victims;
    const server = fleet.victim(random);
    if (server === undefined) return;
    world.fault(name, server.address);
    strike(server, victims);
  };
}
