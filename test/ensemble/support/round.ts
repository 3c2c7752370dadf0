import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkHistory } from '../../../src/testing/sim/check/check-history.js';
import { StepChecks } from '../../../src/testing/sim/check/step-checks.js';
import type { SimEvent, Violation } from '../../../src/testing/sim/history.js';
import { SeededRandom } from '../../../src/testing/sim/seeded-random.js';
import { lineOf } from '../../../src/testing/sim/story.js';
import { SmallVolume } from '../../support/small-volume.js';
import { Crowd } from './crowd.js';
import { Ensemble } from './ensemble.js';
import { compareDigests, finalLook, untilOnly } from './final-look.js';
import type { NamedLay } from './lays.js';
import { LiveScene } from './live-scene.js';
import type { MemberKind } from './member-kinds.js';
import { Pulse } from './pulse.js';
import type { Episode } from './storm.js';
import { restore, Storm } from './storm.js';

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
  readonly events: readonly SimEvent[];
  /** With the longest time in which nobody had a write acknowledged. */
  readonly episodes: readonly (Episode & { readonly gapMs: number })[];
  readonly tally: LiveScene['tally'];
  readonly elections: number;
  readonly digestsCompared: number;
  /** A folder with all that was said and that happened, if a promise was broken. */
  readonly evidence: string | null;
}

const EPOCH = 2 ** 32;
const VOLUME_KB = 49_152;
const TICK_MS = 250;
const SYNC_LIMIT = 8;
const WORDS_OF_A_STORY = 40;

/** Events of Apache's 3.8 do not tell their zxid, so what they are about is not known. */
const NOT_FOR: Readonly<Record<MemberKind, ReadonlySet<string>>> = {
  apache: new Set(['watch-before-data', 'watch-once']),
  pinfold: new Set(),
};

/** One ensemble from its start to its end: in use all the time, broken again and again, and held against every promise. */
export async function playRound(options: RoundOptions): Promise<RoundReport> {
  const round = new Round(options);
  try {
    return await round.play();
  } catch (error) {
    const kept = round.keepEvidence();
    throw new Error(`the round of seed ${options.seed} broke off; see ${kept}`, { cause: error });
  } finally {
    await round.clear();
  }
}

class Round {
  private readonly options: RoundOptions;
  private readonly scene: LiveScene;
  private readonly random: SeededRandom;
  private readonly violations: Violation[] = [];
  private readonly volume: { sid: number; disk: SmallVolume } | null;
  private readonly mayEnd = new Set<number>();
  private ensemble: Ensemble | null = null;
  private crowd: Crowd | null = null;

  constructor(options: RoundOptions) {
    this.options = options;
    const checks = new StepChecks((violation) => this.violations.push(violation), 'several');
    this.scene = new LiveScene(options.seed, (event) => checks.see(event));
    this.random = new SeededRandom(options.seed).fork('round');
    const disk = SmallVolume.mount(VOLUME_KB);
    this.volume = disk === null ? null : { sid: 1 + this.random.below(3), disk };
  }

  async play(): Promise<RoundReport> {
    const { scene, random, volume, violated, options } = this;
    const voters = random.chance(0.2) ? 5 : 3;
    const observers = random.chance(0.4) ? 1 : 0;
    const sessionTimeoutMs = random.pick([2_000, 4_000]);
    const kinds = (count: number): MemberKind[] => Array.from({ length: count }, () => options.kind);
    const ensemble = await Ensemble.start({
      voters: kinds(voters),
      observers: kinds(observers),
      lay: options.lay.lay,
      config: { tickTime: TICK_MS, syncLimit: SYNC_LIMIT },
      ...(volume !== null && { dataDirs: new Map([[volume.sid, join(volume.disk.path, 'data')]]) }),
    });
    this.ensemble = ensemble;
    for (const member of ensemble.members) {
      member.onUnexpectedEnd = () => {
        if (!this.mayEnd.has(member.sid)) violated('no server ends by itself', member.describe());
      };
    }
    const { connectString } = ensemble;
    const crowd = new Crowd({ scene, connectString, sessionTimeoutMs, dataUsers: 6, lockUsers: 3, violated });
    this.crowd = crowd;
    await crowd.gather();
    const firstZxid = await this.leadersZxid(ensemble);
    const longMs = TICK_MS * SYNC_LIMIT * 1.2;
    const storm = new Storm({ scene, random, ensemble, crowd, volume, longMs, mayEnd: this.mayEnd });
    const pulse = new Pulse(connectString, () => scene.nowMs);
    pulse.start();
    await storm.rage(options.stormMs).finally(() => pulse.stop());
    await crowd.calmDown();
    scene.recorder.fault('everything is killed once more');
    await Promise.all(ensemble.members.map((member) => member.kill()));
    await restore(ensemble);
    await untilOnly(crowd.sessions(), ensemble);
    const { state, differences } = await finalLook(ensemble);
    const digests = await compareDigests(ensemble);
    for (const difference of [...differences, ...digests.differences])
      violated('all servers have the same tree', difference);
    const { events } = scene.recorder;
    const found = checkHistory({ events, servers: 'several', final: state, tally: scene.tally });
    this.violations.push(...found.filter(({ rule }) => !NOT_FOR[options.kind].has(rule)));
    const elections = Math.floor((await this.leadersZxid(ensemble)) / EPOCH) - Math.floor(firstZxid / EPOCH);
    const { kind } = ensemble.ground;
    return {
      seed: options.seed,
      plan: `${voters} ${options.kind} servers${observers > 0 ? ' and an observer' : ''} over ${kind}`,
      violations: this.violations,
      events,
      episodes: storm.episodes.map((each) => ({ ...each, gapMs: pulse.longestGapMs(each.fromMs, each.toMs) })),
      tally: scene.tally,
      elections,
      digestsCompared: digests.compared,
      evidence: this.violations.length === 0 ? null : this.keepEvidence(),
    };
  }

  /** Everything that was said and that happened, in a folder that stays. */
  keepEvidence(): string {
    const folder = mkdtempSync(join(tmpdir(), `pinfold-ensemble-seed-${this.options.seed}-`));
    for (const member of this.ensemble?.members ?? []) {
      writeFileSync(join(folder, `server-${member.sid}.log`), member.log());
    }
    const events = this.scene.recorder.events.map((event) => `${lineOf(event)}\n`);
    writeFileSync(join(folder, 'history.txt'), events.join(''));
    writeFileSync(join(folder, 'violations.txt'), this.violations.map((each) => this.story(each)).join('\n'));
    return folder;
  }

  async clear(): Promise<void> {
    const disperse = this.crowd?.disperse();
    await this.ensemble?.discard();
    await disperse;
    this.volume?.disk.unmount();
  }

  private readonly violated = (rule: string, message: string): void => {
    this.violations.push({ rule, message, events: [this.scene.recorder.events.length - 1] });
  };

  private async leadersZxid(ensemble: Ensemble): Promise<number> {
    return (await (await ensemble.leader()).state())?.zxid ?? 0;
  }

  private story({ rule, message, events }: Violation): string {
    const lines = events.slice(0, WORDS_OF_A_STORY).map((index) => this.scene.recorder.events[index]);
    return [`${rule}: ${message}`, ...lines.map((event) => (event === undefined ? '' : `  ${lineOf(event)}`)), ''].join(
      '\n',
    );
  }
}
