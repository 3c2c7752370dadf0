import type { SeededRandom } from '../seeded-random.js';
import type { SimOp, SimResult } from '../history.js';
import type { Caller } from './caller.js';
import type { OpMaker } from './op-maker.js';
import type { Actor } from './scene.js';
import type { HurriedTask, User } from './user.js';

export interface DataUserOptions<Client extends Actor> {
  readonly client: Client;
  readonly caller: Caller;
  readonly random: SeededRandom;
  readonly ops: OpMaker;
  /** Between two bursts of calls, ms. */
  readonly thinkMaxMs: number;
  /** How often a standing watch is left or taken away, after a burst. */
  readonly standingShare: number;
  /** How often a burst ends with a look that must not be old. */
  readonly syncShare: number;
  /** Calls made at once. */
  readonly burstMax: number;
}

/** For longer than a leader takes to notice that nobody follows it. */
const HURRY_TURNS = 40;
const HURRY_PAUSE_MAX_MS = 150;

/** Reads and writes nodes, several calls at a time, and reads again what its watches tell of. */
export class DataUser<Client extends Actor> implements User<Client> {
  readonly client: Client;
  readonly heldCount = 0;
  private readonly options: DataUserOptions<Client>;
  private isStopping = false;
  private hurriedTurns = 0;
  private hurriedTask: HurriedTask = 'look';
  private hasEnded = false;

  constructor(options: DataUserOptions<Client>) {
    this.options = options;
    this.client = options.client;
  }

  get isIdle(): boolean {
    return this.hasEnded && this.options.caller.outstandingCount === 0;
  }

  get isHurried(): boolean {
    return this.hurriedTurns > 0 && !this.isStopping;
  }

  start(): void {
    void this.live();
  }

  hurry(task: HurriedTask): void {
    const { isHurried } = this;
    this.hurriedTurns = HURRY_TURNS;
    this.hurriedTask = task;
    if (!isHurried) void this.hurryOn();
  }

  stop(): void {
    this.isStopping = true;
  }

  abandon(): void {
    this.options.caller.abandon();
  }

  private async live(): Promise<void> {
    const { random, client, caller, ops, thinkMaxMs, burstMax, standingShare, syncShare } = this.options;
    while (!this.isStopping) {
      await client.sleep(random.skewed(1, thinkMaxMs));
      if (this.hurriedTurns > 0) continue;
      const burst: Promise<unknown>[] = [];
      for (let left = 1 + random.below(burstMax); left > 0; left--) burst.push(this.call(ops.make()));
      if (syncShare > 0 && random.chance(syncShare)) for (const op of ops.syncedRead()) burst.push(this.call(op));
      if (random.chance(0.05)) void caller.closeOldestWatch();
      if (standingShare > 0 && random.chance(standingShare)) this.changeStandingWatches();
      // Impatient ones go on at once.
      if (random.chance(0.7)) await Promise.all(burst);
    }
    this.hasEnded = true;
  }

  private async hurryOn(): Promise<void> {
    const { random, client, ops } = this.options;
    while (this.hurriedTurns > 0 && !this.isStopping) {
      await client.sleep(random.between(1, HURRY_PAUSE_MAX_MS));
      if (this.isStopping) return;
      this.hurriedTurns -= 1;
      await Promise.all(ops.hurried(this.hurriedTask).map((op) => this.call(op)));
    }
  }

  private changeStandingWatches(): void {
    const { random, caller, ops } = this.options;
    if (random.chance(0.4)) return void caller.closeOldestStandingWatch();
    const watch = ops.standing();
    void caller.leaveStandingWatch(watch);
    // Watches of several kinds on one path are where things get mixed up.
    if (random.chance(0.5)) void this.call(ops.watchedRead(watch.path));
  }

  private async call(op: SimOp): Promise<void> {
    const result: SimResult | null = await this.options.caller.call(op);
    this.options.ops.learn(op, result);
  }
}
