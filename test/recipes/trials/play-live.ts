import { Client } from '../../../src/client/index.js';
import { SeededRandom } from '../../../src/testing/sim/seeded-random.js';
import { Ensemble } from '../../ensemble/support/ensemble.js';
import { finalLook, untilOnly } from '../../ensemble/support/final-look.js';
import type { NamedLay } from '../../ensemble/support/lays.js';
import { LiveScene } from '../../ensemble/support/live-scene.js';
import type { MemberKind } from '../../ensemble/support/member-kinds.js';
import { restore, Storm } from '../../ensemble/support/storm.js';
import type { FaultName } from '../../ensemble/support/storm.js';
import { until } from '../../interop/support/until.js';
import { LiveTrialWorld } from './live-trial-world.js';
import { violationsIn } from './no-violation.js';
import type { TrialReport } from './report.js';
import { operationsIn, replayOf } from './report.js';
import { TrialStory } from './trial-story.js';
import type { Trial } from './trial.js';

export interface LiveOptions {
  readonly trials: readonly Trial[];
  readonly seed: number;
  /** How long things break; to start, to come to an end and to be judged comes on top of it. */
  readonly stormMs: number;
  readonly kind: MemberKind;
  readonly lay: NamedLay;
}

const TICK_MS = 250;
const SYNC_LIMIT = 8;
/** Longer than servers wait for one another. */
const LONG_MS = 1.2 * TICK_MS * SYNC_LIMIT;
/** Work goes on for so long after everything is well again. */
const WELL_MS = 1_000;
/** Whatever was begun has ended so long after closing. */
const SETTLING_MAX_MS = 90_000;
const JUDGING_MAX_MS = 60_000;
const AGREEING_MAX_MS = 20_000;
const CONTAINER_CHECK_MS = 500;
/**
 * What is done to Apache's servers. Version 3.8.0 was seen to lose acknowledged writes when a leader stood still while another
 * server was cut off (spec-notes): no recipe can be held to its word on such servers.
 */
const APACHE_FAULTS: readonly FaultName[] = [
  'leader killed',
  'server killed',
  'leader stopped',
  'server stopped',
  'clients cut off',
  'connections reset',
];

/** Plays trials side by side on three real servers, while these are killed, stopped, frozen and cut off. One report each. */
export async function playLive(options: LiveOptions): Promise<TrialReport[]> {
  const ensemble = await Ensemble.start({
    voters: [options.kind, options.kind, options.kind],
    lay: options.lay.lay,
    config: {
      tickTime: TICK_MS,
      syncLimit: SYNC_LIMIT,
      extendedTypesEnabled: true,
      'znode.container.checkIntervalMs': CONTAINER_CHECK_MS,
    },
  });
  const play = new LivePlay(options, ensemble);
  try {
    await play.run();
    return play.reports();
  } catch (error) {
    console.error(ensemble.describe());
    throw new Error(play.brokeOff(error), { cause: error });
  } finally {
    const leaving = play.disperse();
    await ensemble.discard();
    await leaving;
  }
}

interface Player {
  readonly trial: Trial;
  readonly world: LiveTrialWorld;
  readonly story: TrialStory;
}

class LivePlay {
  readonly #options: LiveOptions;
  readonly #ensemble: Ensemble;
  readonly #scene: LiveScene;
  readonly #players: readonly Player[];
  #faults = 0;

  constructor(options: LiveOptions, ensemble: Ensemble) {
    const { seed, trials } = options;
    this.#options = options;
    this.#ensemble = ensemble;
    this.#scene = new LiveScene(seed, (event) => this.#players.forEach(({ story }) => story.see(event)));
    const random = new SeededRandom(seed);
    const nowMs = (): number => this.#scene.nowMs;
    const { connectString } = ensemble;
    const sessionTimeoutMs = random.pick([3_000, 6_000]);
    this.#players = trials.map((trial) => {
      const story = new TrialStory(nowMs);
      const own = random.fork(trial.name);
      return {
        trial,
        story,
        world: new LiveTrialWorld({ random: own, nowMs, connectString, sessionTimeoutMs, story }),
      };
    });
    for (const member of ensemble.members) {
      member.onUnexpectedEnd = () => this.#violated('no server ends by itself', member.describe());
    }
  }

  async run(): Promise<void> {
    const unhandled = (error: unknown): void => this.#violated('no rejection goes unhandled', describe(error));
    process.on('unhandledRejection', unhandled);
    try {
      await Promise.all(this.#players.map(async ({ trial, world }) => trial.play(world)));
      await this.#storm();
      await pause(WELL_MS);
      for (const { world } of this.#players) world.isClosing = true;
      await Promise.all(this.#players.map((player) => this.#settled(player)));
      const sessions = new Set(this.#players.flatMap(({ world }) => world.sessions));
      await untilOnly(sessions, this.#ensemble);
      await this.#agreed();
      for (const player of this.#players) await this.#judge(player);
    } finally {
      process.off('unhandledRejection', unhandled);
    }
  }

  reports(): TrialReport[] {
    const { seed, kind, stormMs } = this.#options;
    const minutes = Math.max(1, Math.round(stormMs / 60_000));
    return this.#players.map(({ trial: { name }, world: { counted }, story }) => {
      const { violations } = story;
      const replay = replayOf(name, `--ensemble ${kind} --seeds 0 --minutes ${minutes} --seed ${seed}`);
      return {
        name,
        faults: this.#faults,
        operations: operationsIn(counted),
        counted,
        violations,
        story: violations.length === 0 ? null : story.text(replay),
        replay,
      };
    });
  }

  /** Tells the stories of those who have one, and says what is known. */
  brokeOff(error: unknown): string {
    const reports = this.reports();
    for (const { name, story } of reports) if (story !== null) console.error(`${name}, ${story}`);
    const why = error instanceof Error ? error.message : String(error);
    return [`the live round of seed ${this.#options.seed} broke off: ${why}`, ...violationsIn(reports)].join('\n');
  }

  async disperse(): Promise<void> {
    await Promise.all(this.#players.map(({ world }) => world.close()));
  }

  async #storm(): Promise<void> {
    const { seed, stormMs } = this.#options;
    const storm = new Storm({
      scene: this.#scene,
      random: new SeededRandom(seed).fork('storm'),
      ensemble: this.#ensemble,
      crowd: null,
      volume: null,
      mayEnd: new Set(),
      longMs: LONG_MS,
      faults: this.#options.kind === 'apache' ? APACHE_FAULTS : undefined,
    });
    await storm.rage(stormMs);
    await restore(this.#ensemble);
    this.#faults = storm.episodes.length;
  }

  async #settled({ world, story }: Player): Promise<void> {
    await until(() => world.busy().length === 0 || undefined, {
      what: 'everybody comes to an end',
      timeoutMs: SETTLING_MAX_MS,
    }).catch((error: unknown) => {
      story.violated('everybody comes to an end', `${describe(error)}; still busy: ${world.busy().join(', ')}`);
    });
  }

  /** What a recipe is blamed for would be the servers' doing where they do not agree. Empty containers still go meanwhile. */
  async #agreed(): Promise<void> {
    let differences: readonly string[] = [];
    await until(
      async () => {
        ({ differences } = await finalLook(this.#ensemble));
        return differences.length === 0 || undefined;
      },
      { what: 'all servers show the same tree', timeoutMs: AGREEING_MAX_MS, everyMs: CONTAINER_CHECK_MS },
    ).catch((error: unknown) => {
      this.#violated('all servers show the same tree', `${describe(error)}; ${differences.slice(0, 5).join('; ')}`);
    });
  }

  async #judge({ trial, world, story }: Player): Promise<void> {
    if (story.violations.length > 0) return;
    const fresh = await Client.connect(this.#ensemble.connectString);
    const timer = setTimeout(() => void fresh.close(), JUDGING_MAX_MS);
    try {
      await trial.judge?.(world, fresh);
    } catch (error) {
      story.violated('the judge comes to an end', describe(error));
    } finally {
      clearTimeout(timer);
      await fresh.close();
    }
  }

  #violated(rule: string, message: string): void {
    for (const { story } of this.#players) story.violated(rule, message);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
