import { join } from 'node:path';
import type { Violation } from '../../../src/testing/sim/history.js';
import { SeededRandom } from '../../../src/testing/sim/seeded-random.js';
import type { Tally } from '../../../src/testing/sim/tally.js';
import { SmallVolume } from '../../support/small-volume.js';
import { Ensemble } from './ensemble.js';
import type { NamedLay } from './lays.js';
import type { MemberKind } from './member-kinds.js';
import { Pulse } from './pulse.js';
import { Reign } from './reign.js';
import type { Interregnum } from './reign.js';
import type { Episode } from './storm.js';
import { restore, Storm } from './storm.js';
import { Vigil } from './vigil.js';

export interface RoundOptions {
  readonly seed: number;
  /** How long things are broken. Start, recovery and the look at what is left come on top. */
  readonly stormMs: number;
  readonly kind: MemberKind;
  readonly lay: NamedLay;
}

export interface RoundReport {
  readonly seed: number;
  readonly plan: string;
  readonly violations: readonly Violation[];
  /** With the longest time in which nobody had a write acknowledged. */
  readonly episodes: readonly (Episode & { readonly gapMs: number })[];
  readonly tally: Tally;
  readonly elections: number;
  /** The longest. */
  readonly interregnum: Interregnum;
  readonly digestsCompared: number;
  /** A folder with all that was said and that happened, if a promise was broken. */
  readonly evidence: string | null;
}

const EPOCH = 2 ** 32;
const VOLUME_KB = 49_152;
const TICK_MS = 250;
const SYNC_LIMIT = 8;
/**
 * Silence is noticed after `syncLimit` ticks, which are two seconds here. As long again is left for an election whose winner falls
 * silent, too, and the rest for a busy machine. It is less than `initLimit`, ten seconds, for which nobody may be waited.
 */
const INTERREGNUM_MAX_MS = 8_000;
/** Longer than servers wait for one another. */
const LONG_MS = 1.2 * TICK_MS * SYNC_LIMIT;

/** One ensemble from its start to its end: in use all the time, broken again and again, and held against every promise. */
export async function playRound(options: RoundOptions): Promise<RoundReport> {
  const random = new SeededRandom(options.seed).fork('round');
  const disk = SmallVolume.mount(VOLUME_KB);
  const volume = disk === null ? null : { sid: 1 + random.below(3), disk };
  try {
    const voters = random.chance(0.2) ? 5 : 3;
    const observers = random.chance(0.4) ? 1 : 0;
    const kinds = (count: number): MemberKind[] => Array.from({ length: count }, () => options.kind);
    const ensemble = await Ensemble.start({
      voters: kinds(voters),
      observers: kinds(observers),
      lay: options.lay.lay,
      config: { tickTime: TICK_MS, syncLimit: SYNC_LIMIT },
      ...(volume !== null && { dataDirs: new Map([[volume.sid, join(volume.disk.path, 'data')]]) }),
    });
    const plan = `${voters} ${options.kind} servers${observers > 0 ? ' and an observer' : ''} over ${options.lay.kind}`;
    return await new Round({ options, random, volume, ensemble, plan, voters }).play();
  } finally {
    disk?.unmount();
  }
}

interface RoundParts {
  readonly options: RoundOptions;
  readonly random: SeededRandom;
  readonly volume: { readonly sid: number; readonly disk: SmallVolume } | null;
  readonly ensemble: Ensemble;
  readonly plan: string;
  readonly voters: number;
}

class Round {
  private readonly parts: RoundParts;
  private readonly vigil: Vigil;
  private readonly pulse: Pulse;
  private readonly reign: Reign;
  private readonly storm: Storm;

  constructor(parts: RoundParts) {
    this.parts = parts;
    const { options, random, ensemble, voters } = parts;
    const mayEnd = new Set<number>();
    this.vigil = new Vigil({
      seed: options.seed,
      ensemble,
      sessionTimeoutMs: random.pick([2_000, 4_000]),
      mayEnd: (sid) => mayEnd.has(sid),
    });
    const { scene, crowd } = this.vigil;
    const nowMs = (): number => scene.nowMs;
    this.pulse = new Pulse(ensemble.connectString, nowMs);
    this.reign = new Reign({ ensemble, voters, nowMs });
    this.storm = new Storm({ ...parts, scene, crowd, mayEnd, longMs: LONG_MS });
  }

  async play(): Promise<RoundReport> {
    const { options, ensemble } = this.parts;
    const { vigil } = this;
    try {
      return await this.playOn();
    } catch (error) {
      throw new Error(`the round of seed ${options.seed} broke off; see ${vigil.keepEvidence()}`, { cause: error });
    } finally {
      const leaving = vigil.crowd.disperse();
      await ensemble.discard();
      await leaving;
    }
  }

  private async playOn(): Promise<RoundReport> {
    const { options, ensemble, plan } = this.parts;
    const { vigil, pulse, reign, storm } = this;
    const { scene, crowd, violations } = vigil;
    await crowd.gather();
    const firstEpoch = await epochOf(ensemble);
    pulse.start();
    reign.start();
    await storm.rage(options.stormMs).finally(() => Promise.all([pulse.stop(), reign.stop()]));
    await crowd.calmDown();
    scene.recorder.fault('everything is killed once more');
    await Promise.all(ensemble.members.map((member) => member.kill()));
    await restore(ensemble);
    const digestsCompared = await vigil.judge([options.kind]);
    const interregnum = reign.longestInterregnum;
    if (options.kind === 'pinfold' && interregnum.ms > INTERREGNUM_MAX_MS) {
      const since = `from ${Math.round(interregnum.fromMs)} ms on`;
      vigil.violated(
        'a quorum that is connected has a leader',
        `for ${Math.round(interregnum.ms)} ms it had none, ${since}`,
      );
    }
    return {
      seed: options.seed,
      plan,
      violations,
      episodes: storm.episodes.map((each) => ({ ...each, gapMs: pulse.longestGapMs(each.fromMs, each.toMs) })),
      tally: scene.tally,
      elections: (await epochOf(ensemble)) - firstEpoch,
      interregnum,
      digestsCompared,
      evidence: violations.length === 0 ? null : vigil.keepEvidence(),
    };
  }
}

/** Each election that came to an end has begun an epoch. */
async function epochOf(ensemble: Ensemble): Promise<number> {
  const state = await (await ensemble.leader()).state();
  return Math.floor((state?.zxid ?? 0) / EPOCH);
}
