import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkHistory } from '../../../src/testing/sim/check/check-history.js';
import { StepChecks } from '../../../src/testing/sim/check/step-checks.js';
import type { Violation } from '../../../src/testing/sim/history.js';
import { lineOf } from '../../../src/testing/sim/story.js';
import { Crowd } from './crowd.js';
import type { Ensemble } from './ensemble.js';
import { compareDigests, finalLook, untilOnly } from './final-look.js';
import { LiveScene } from './live-scene.js';
import type { MemberKind } from './member-kinds.js';

export interface VigilOptions {
  readonly seed: number;
  readonly ensemble: Ensemble;
  readonly sessionTimeoutMs: number;
  /** Whether this server may have ended by itself, for what is done to it. */
  readonly mayEnd?: (sid: number) => boolean;
}

const USERS = { dataUsers: 6, lockUsers: 3 };
/** Events of Apache's 3.8 do not tell their zxid, so what they are about is not known. */
const NOT_FOR: Readonly<Record<MemberKind, readonly string[]>> = {
  apache: ['watch-before-data', 'watch-once'],
  pinfold: [],
};
const EVENTS_OF_A_STORY = 40;

/** Uses an ensemble, writes down all that is heard from it, and holds it against every promise in the end. */
export class Vigil {
  readonly scene: LiveScene;
  readonly crowd: Crowd;
  readonly violations: Violation[] = [];
  private readonly options: VigilOptions;

  constructor(options: VigilOptions) {
    this.options = options;
    const { seed, ensemble, sessionTimeoutMs, mayEnd } = options;
    const checks = new StepChecks((violation) => this.violations.push(violation), 'several');
    this.scene = new LiveScene(seed, (event) => checks.see(event));
    const { scene, violated } = this;
    const { connectString, members } = ensemble;
    this.crowd = new Crowd({ ...USERS, scene, connectString, sessionTimeoutMs, violated });
    for (const member of members) {
      member.onUnexpectedEnd = () => {
        if (mayEnd?.(member.sid) !== true) violated('no server ends by itself', member.describe());
      };
    }
  }

  readonly violated = (rule: string, message: string): void => {
    this.violations.push({ rule, message, events: [this.scene.recorder.events.length - 1] });
  };

  /**
   * When everybody has calmed down and all servers serve. Resolves to the number of transactions at which all servers had the same
   * digest; what was broken is in `violations`.
   */
  async judge(kinds: readonly MemberKind[]): Promise<number> {
    const { ensemble } = this.options;
    const { scene, crowd } = this;
    await untilOnly(crowd.sessions(), ensemble);
    const { state, differences } = await finalLook(ensemble);
    const digests = await compareDigests(ensemble);
    for (const difference of [...differences, ...digests.differences]) {
      this.violated('all servers have the same tree', difference);
    }
    const { events } = scene.recorder;
    const found = checkHistory({ events, servers: 'several', final: state, tally: scene.tally });
    const undecidable = new Set(kinds.flatMap((kind) => NOT_FOR[kind]));
    this.violations.push(...found.filter(({ rule }) => !undecidable.has(rule)));
    return digests.compared;
  }

  /** Everything that was said and that happened, in a folder that stays. */
  keepEvidence(): string {
    const { seed, ensemble } = this.options;
    const folder = mkdtempSync(join(tmpdir(), `pinfold-ensemble-seed-${seed}-`));
    for (const member of ensemble.members) writeFileSync(join(folder, `server-${member.sid}.log`), member.log());
    const events = this.scene.recorder.events.map((event) => `${lineOf(event)}\n`);
    writeFileSync(join(folder, 'history.txt'), events.join(''));
    writeFileSync(join(folder, 'violations.txt'), this.violations.map((each) => this.story(each)).join('\n'));
    return folder;
  }

  private story({ rule, message, events }: Violation): string {
    const told = events.slice(0, EVENTS_OF_A_STORY).flatMap((index) => this.scene.recorder.events[index] ?? []);
    return [`${rule}: ${message}`, ...told.map((event) => `  ${lineOf(event)}`), ''].join('\n');
  }
}
