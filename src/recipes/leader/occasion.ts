import { BadArgumentsError } from '../../client/errors.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import { onAbort } from '../../client/on-abort.js';
import { openController } from '../../client/open-controller.js';
import { childOf, pathFault } from '../../protocol/paths.js';
import { InterProcessMutex } from '../locks/inter-process-mutex.js';
import { errorHook } from '../support/error-hook.js';
import type { ErrorHook } from '../support/error-hook.js';
import type { Hold } from '../support/hold.js';
import type { WaitBudget } from '../../client/support/wait-budget.js';
import { OccasionMarker } from './occasion-marker.js';
import type { Claimed } from './occasion-marker.js';
import { isTooEarly, lastOccasion, startedMsOf } from './occasion-record.js';
import type { FoundRecord, OccasionOutcome, OccasionRecord } from './occasion-record.js';
import type { NotRun, OccasionRun, RunOnceOptions } from './run-once.js';

/** Replicas whose clocks are off by more than a minute need mending more than patience. */
const EARLY_MAX_MS = 60_000;

/** An occasion that is ours, and the lock of `run-again` that goes with it. */
export interface Taken {
  readonly claimed: Claimed;
  readonly hold: Hold | null;
}

interface Job<T> {
  readonly fn: (run: OccasionRun) => T | Promise<T>;
  readonly signal: AbortSignal | undefined;
}

/** One occasion of a job, as one replica sees it. */
export class Occasion {
  readonly key: string;
  readonly #client: KeeperClient;
  readonly #options: RunOnceOptions;
  readonly #marker: OccasionMarker;
  readonly #report: ErrorHook;
  /** Ms since 1970, or null when the occasion is no time. */
  readonly #dueMs: number | null;

  constructor(client: KeeperClient, options: RunOnceOptions) {
    const { path, occasion, acl, parentAcl } = options;
    check(options);
    this.key = typeof occasion === 'string' ? occasion : occasion.toISOString();
    this.#dueMs = typeof occasion === 'string' ? null : occasion.getTime();
    this.#client = client;
    this.#options = options;
    this.#marker = new OccasionMarker(client, { path: childOf(path, 'last'), acl, parentAcl });
    this.#report = errorHook(options.onError, { code: 'PINFOLD_RUN_ONCE', path });
  }

  /** Takes it, if nobody has. Commits the budget when it does. */
  async take(budget: WaitBudget): Promise<Taken | NotRun> {
    if (this.#options.ifCrashed !== 'run-again') return this.#claim(budget, null);
    const { found } = await this.#marker.look(budget);
    const early = this.#obstacle(found);
    if (early !== null && early.last?.outcome !== 'running') return early;
    const { path, by, acl, parentAcl } = this.#options;
    const lock = new InterProcessMutex(this.#client, childOf(path, 'lock'), { data: by, acl, parentAcl });
    // Whoever runs it holds the lock: to have it means that nobody runs, or nobody lives who did.
    const hold = await lock.acquire({ signal: budget.signal });
    try {
      const taken = await this.#claim(budget, hold);
      if ('reason' in taken) await hold.release();
      return taken;
    } catch (error) {
      await hold.release();
      throw error;
    }
  }

  /** Settles as the job does, when its end is written down, or cannot be. */
  async run<T>({ claimed, hold }: Taken, { fn, signal }: Job<T>): Promise<T> {
    const stop = openController();
    const leave = [signal, hold?.signal].map((each) =>
      each === undefined ? () => undefined : onAbort(each, (reason) => stop.abort(reason)),
    );
    try {
      const value = await fn({ occasion: this.key, token: claimed.token, signal: stop.signal });
      await this.finish(claimed, 'done');
      return value;
    } catch (error) {
      await this.finish(claimed, 'failed');
      throw error;
    } finally {
      for (const each of leave) each();
      await hold?.release().catch(this.#report);
    }
  }

  /** Never rejects: what became of the job matters more than the note about it. */
  async finish(claimed: Claimed, outcome: OccasionOutcome): Promise<void> {
    await this.#marker.finish(claimed, outcome).catch(this.#report);
  }

  async #claim(budget: WaitBudget, hold: Hold | null): Promise<Taken | NotRun> {
    const { by = '', earlyMaxMs = EARLY_MAX_MS, lateMaxMs = Infinity } = this.#options;
    const run = this.#client.runtime.random.uuid();
    const outcome = await this.#marker.claim(budget, (found) => {
      if (this.#obstacle(found, hold) !== null) return null;
      const last = lastOccasion(found);
      const previous = last === this.key ? (found?.record.previous ?? null) : last;
      const bounds = { again: hold !== null, earlyMaxMs: this.#dueMs === null ? null : earlyMaxMs, startedMs: null };
      return { occasion: this.key, previous, run, by, outcome: 'running', ...bounds } satisfies OccasionRecord;
    });
    if (!('record' in outcome)) {
      const obstacle = this.#obstacle(outcome.found, hold);
      if (obstacle === null) throw new Error(`${this.key}: free, and not taken`);
      return obstacle;
    }
    const { record, startedMs } = outcome;
    if (isTooEarly({ record, mtimeMs: startedMs })) return { reason: 'too-early', last: null };
    if (this.#dueMs !== null && startedMs - this.#dueMs > lateMaxMs) {
      await this.finish(outcome, 'skipped');
      return { reason: 'too-late', last: null };
    }
    return { claimed: outcome, hold };
  }

  /** What keeps us from taking it; null when nothing does. With the lock held, a run that has not ended has died. */
  #obstacle(found: FoundRecord | null, hold: Hold | null = null): NotRun | null {
    const last = lastOccasion(found);
    if (found === null || last === null || last < this.key) return null;
    const { record } = found;
    const { occasion, by, outcome } = isTooEarly(found) ? { occasion: last, by: '', outcome: 'done' as const } : record;
    if (last === this.key && hold !== null && record.again && outcome === 'running') return null;
    return {
      reason: last === this.key ? 'taken' : 'superseded',
      last: { occasion, by, outcome, startedMs: startedMsOf(found) },
    };
  }
}

function check({ path, occasion, by = '', ifCrashed = 'leave', earlyMaxMs = 0, lateMaxMs = 0 }: RunOnceOptions): void {
  const refuse = (message: string): never => {
    throw new BadArgumentsError({ message, path });
  };
  const fault = pathFault(path) ?? pathFault(childOf(path, 'last'));
  if (fault !== null) refuse(`path of a job: ${fault}`);
  const isGood =
    typeof occasion === 'string' ? occasion !== '' : occasion instanceof Date && !Number.isNaN(occasion.getTime());
  if (!isGood)
    refuse(`occasion is ${JSON.stringify(occasion)}; it must be a valid Date, or a string that is not empty`);
  // In the marker it would keep everybody from reading it.
  if (typeof by !== 'string') refuse(`by is ${String(by)}; it must be a string`);
  if (!['leave', 'run-again'].includes(ifCrashed)) refuse(`ifCrashed is ${ifCrashed}; it must be leave or run-again`);
  if (!(earlyMaxMs >= 0)) refuse(`earlyMaxMs is ${earlyMaxMs}; it must be 0 or more`);
  if (!(lateMaxMs >= 0)) refuse(`lateMaxMs is ${lateMaxMs}; it must be 0 or more`);
}
