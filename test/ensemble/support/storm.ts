import type { SeededRandom } from '../../../src/testing/sim/seeded-random.js';
import type { SmallVolume } from '../../support/small-volume.js';
import type { Crowd } from './crowd.js';
import type { Ensemble } from './ensemble.js';
import { CLIENTS } from './ground.js';
import type { LiveScene } from './live-scene.js';
import type { Member } from './member.js';

/** What can be broken, and by whom it is used. */
export interface Victims {
  readonly scene: LiveScene;
  readonly random: SeededRandom;
  readonly ensemble: Ensemble;
  /** Null where nobody comes and goes. */
  readonly crowd: Pick<Crowd, 'replaceOne'> | null;
  /** Where the data of one of the servers lies, where this user may mount a file system. */
  readonly volume: { readonly sid: number; readonly disk: SmallVolume } | null;
  /** Servers that may end by themselves. */
  readonly mayEnd: Set<number>;
  /** Longer than servers wait for one another. */
  readonly longMs: number;
  /** What is done to them. Default: all that can be done to this ensemble. */
  readonly faults?: readonly FaultName[] | undefined;
}

/** Does its damage, lets it last, and mends it again. What it strikes it says beforehand. */
type Fault = (victims: Victims, strikes: (whom: string) => void) => Promise<void>;

const VOLUME_SLACK_KB = 16;
const FULL_MAX_MS = 4_000;

/** Everything that goes wrong with ensembles of processes, by its name in reports. */
const FAULTS = {
  'leader killed': onLeader(killed),
  'server killed': onServer(killed),
  'majority killed': async (victims, strikes) => {
    const { random, ensemble } = victims;
    const voters = shuffled(ensemble.members, random);
    await all(voters.slice(0, Math.floor(voters.length / 2) + 1), strikes, (each) => killed(each, victims));
  },
  'all killed at once': (victims, strikes) => all(victims.ensemble.members, strikes, (each) => killed(each, victims)),
  'leader stopped': onLeader(stopped),
  'server stopped': onServer(stopped),
  'leader frozen': onLeader(frozen),
  'server frozen': onServer(frozen),
  'leader cut off': async (victims, strikes) => {
    const leader = await victims.ensemble.leader();
    await parted(victims, [[leader], victims.ensemble.members.filter((each) => each !== leader)], strikes);
  },
  'servers parted': async (victims, strikes) => {
    const { random, ensemble } = victims;
    const mixed = shuffled(ensemble.members, random);
    const border = 1 + random.below(mixed.length - 1);
    await parted(victims, [mixed.slice(0, border), mixed.slice(border)], strikes);
  },
  'one way silent': async (victims, strikes) => {
    const { random, ensemble } = victims;
    const [from, to] = shuffled(ensemble.members, random) as [Member, Member];
    strikes(`${from.sid} is not heard by ${to.sid}`);
    await ensemble.ground.silence(from.sid, to.sid);
    await lasting(victims);
    await ensemble.ground.heal();
  },
  'clients cut off': async (victims, strikes) => {
    const { random, ensemble } = victims;
    const some = random.chance(0.5) ? ensemble.members : [random.oneOf(ensemble.members) as Member];
    strikes(namesOf(some));
    for (const { sid } of some) {
      await ensemble.ground.silence(CLIENTS, sid);
      await ensemble.ground.silence(sid, CLIENTS);
    }
    await lasting(victims);
    await ensemble.ground.heal();
  },
  'connections reset': async ({ random, ensemble }, strikes) => {
    const [a, b] = shuffled([CLIENTS, ...ensemble.members.map(({ sid }) => sid)], random) as [number, number];
    strikes(`${a} and ${b}`);
    ensemble.ground.reset?.(a, b);
  },
  'disk full': async (victims, strikes) => {
    const { volume, ensemble, random } = victims;
    if (volume === null) return;
    const member = ensemble.member(volume.sid);
    strikes(namesOf([member]));
    // It must not go on as if it had written what it has not.
    victims.mayEnd.add(member.sid);
    const roomKb = volume.disk.sizeKb;
    volume.disk.resize(volume.disk.usedKb() + VOLUME_SLACK_KB);
    await waited(random.between(500, FULL_MAX_MS));
    volume.disk.resize(roomKb);
  },
  'clients change': async ({ crowd }, strikes) => {
    if (crowd === null) return;
    strikes('one');
    await crowd.replaceOne();
  },
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof FAULTS;

/** Those that can be done to this ensemble. */
export function faultsFor({
  ensemble,
  volume,
  crowd,
  faults = Object.keys(FAULTS) as FaultName[],
}: Pick<Victims, 'ensemble' | 'volume' | 'crowd' | 'faults'>): FaultName[] {
  const cannot = new Set<FaultName>();
  if (ensemble.ground.reset === null) cannot.add('connections reset');
  if (volume === null) cannot.add('disk full');
  if (crowd === null) cannot.add('clients change');
  return faults.filter((name) => !cannot.has(name));
}

/** One fault from its beginning until everything serves again. */
export interface Episode {
  readonly name: FaultName;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Breaks things, one or two at a time, and waits after each until everything serves again. */
export class Storm {
  readonly episodes: Episode[] = [];
  private readonly victims: Victims;

  constructor(victims: Victims) {
    this.victims = victims;
  }

  async rage(durationMs: number): Promise<void> {
    const { scene, random, ensemble } = this.victims;
    const endsMs = scene.nowMs + durationMs;
    // Each comes up once before any comes up twice.
    let deck: FaultName[] = [];
    while (scene.nowMs < endsMs) {
      if (deck.length === 0) deck = shuffled(faultsFor(this.victims), random);
      const together = deck.splice(0, random.chance(0.25) ? 2 : 1);
      const fromMs = scene.nowMs;
      const done = await Promise.allSettled(together.map((name) => this.strike(name)));
      for (const each of done) if (each.status === 'rejected') throw each.reason;
      await restore(ensemble);
      this.victims.mayEnd.clear();
      for (const name of together) this.episodes.push({ name, fromMs, toMs: scene.nowMs });
      await waited(random.skewed(50, 1_500));
    }
  }

  private async strike(name: FaultName): Promise<void> {
    const { scene } = this.victims;
    await FAULTS[name](this.victims, (whom) => {
      scene.tally.count(`fault: ${name}`);
      scene.recorder.fault(`${name}: ${whom}`);
    });
  }
}

/** Mends everything, starts what is down, and resolves when all serve. */
export async function restore(ensemble: Ensemble): Promise<void> {
  await ensemble.ground.heal();
  for (const member of ensemble.members) {
    if (member.isFrozen) member.thaw();
    if (!member.isRunning) member.start();
  }
  await ensemble.serving();
}

function onLeader(strike: (member: Member, victims: Victims) => Promise<void>): Fault {
  return async (victims, strikes) => {
    const leader = await victims.ensemble.leader();
    strikes(namesOf([leader]));
    await strike(leader, victims);
  };
}

function onServer(strike: (member: Member, victims: Victims) => Promise<void>): Fault {
  return async (victims, strikes) => {
    const member = victims.random.oneOf(victims.ensemble.members) as Member;
    strikes(namesOf([member]));
    await strike(member, victims);
  };
}

async function all(
  members: readonly Member[],
  strikes: (whom: string) => void,
  strike: (member: Member) => Promise<void>,
): Promise<void> {
  strikes(namesOf(members));
  await Promise.all(members.map(strike));
}

async function killed(member: Member, { random }: Victims): Promise<void> {
  await member.kill();
  await waited(random.skewed(0, 3_000));
  // Another fault may have mended it meanwhile.
  if (!member.isRunning) member.start();
}

async function stopped(member: Member, { random }: Victims): Promise<void> {
  await member.stop();
  await waited(random.skewed(0, 2_000));
  if (!member.isRunning) member.start();
}

async function frozen(member: Member, victims: Victims): Promise<void> {
  member.freeze();
  await lasting(victims);
  member.thaw();
}

async function parted(
  victims: Victims,
  [one, other]: readonly [readonly Member[], readonly Member[]],
  strikes: (whom: string) => void,
): Promise<void> {
  const { ground } = victims.ensemble;
  strikes(`${namesOf(one)} from ${namesOf(other)}`);
  for (const a of one) {
    for (const b of other) {
      await ground.silence(a.sid, b.sid);
      await ground.silence(b.sid, a.sid);
    }
  }
  await lasting(victims);
  await ground.heal();
}

/** Sometimes for a moment, mostly for longer than anybody waits. */
async function lasting({ random, longMs }: Victims): Promise<void> {
  await waited(random.chance(0.25) ? random.between(50, longMs / 3) : random.between(longMs, 2 * longMs));
}

function waited(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function namesOf(members: readonly Member[]): string {
  return members.map(({ sid }) => sid).join(', ');
}

function shuffled<T>(list: readonly T[], random: SeededRandom): T[] {
  const left = [...list];
  const mixed: T[] = [];
  while (left.length > 0) mixed.push(...left.splice(random.below(left.length), 1));
  return mixed;
}
