import type { WaitOptions } from '../../client/client-options.js';
import { BadArgumentsError } from '../../client/errors.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import type { Acl } from '../../protocol/acl.js';
import type { Zxid } from '../../protocol/zxid.js';
import type { ErrorHook } from '../support/error-hook.js';
import { WaitBudget } from '../../client/support/wait-budget.js';
import { Occasion } from './occasion.js';
import type { OccasionOutcome } from './occasion-record.js';

/** What is the same for every occasion of a job. */
export interface JobOptions {
  /** The job: two nodes at most live below this path, however many occasions there are. */
  readonly path: string;
  /** Who runs it, for people who look and for the others' results. Default: empty. */
  readonly by?: string | undefined;
  /**
   * How far ahead of the servers' clock a replica's may be, ms: who comes earlier for an occasion that is a Date does not get
   * it. The same for all replicas. Default 60000.
   */
  readonly earlyMaxMs?: number | undefined;
  /** An occasion that is a Date is run by nobody when it is taken later than this after its time, ms. Default Infinity. */
  readonly lateMaxMs?: number | undefined;
  /** Of the job's nodes. Default: everybody may do everything. */
  readonly acl?: readonly Acl[] | undefined;
  /** Of parents that have to be made. Default: everybody may do everything. */
  readonly parentAcl?: readonly Acl[] | undefined;
  /** Hears of a run whose end could not be written down. Default: a process warning, once a path. */
  readonly onError?: ErrorHook | undefined;
}

/** `signal` and `timeoutMs` bound the way to the run, not the run; `signal` also aborts that of the run. */
export interface RunOnceOptions extends JobOptions, WaitOptions {
  /**
   * Which occasion: the scheduled time, the same on all replicas (not the time of the call). Later occasions must be
   * greater; strings compare by code units.
   */
  readonly occasion: Date | string;
  /**
   * What becomes of an occasion whose runner dies on the way, or loses its session. `leave` (default): nothing, it was run
   * at most once, and the others are told at once that it is taken. `run-again`: the others wait while it runs, and the
   * next of them runs it again: at least once, if anybody lives. The same for all replicas.
   */
  readonly ifCrashed?: 'leave' | 'run-again' | undefined;
}

/** What the job is told. */
export interface OccasionRun {
  /** The key of the occasion: a Date in ISO 8601, UTC. */
  readonly occasion: string;
  /** Fencing token: larger than that of every earlier occasion, and of every earlier run of this one. */
  readonly token: Zxid;
  /** Aborts with the caller's signal; with `run-again` also when somebody else may run the occasion again. */
  readonly signal: AbortSignal;
}

/** What is known of the run that stands in the way. */
export interface OtherRun {
  readonly occasion: string;
  readonly by: string;
  /** `running` also for one that died. */
  readonly outcome: OccasionOutcome;
  /** On the servers' clock, ms since 1970. */
  readonly startedMs: number;
}

/** Why an occasion was not run here. */
export interface NotRun {
  /**
   * `taken`: somebody ran or runs this occasion. `superseded`: a later one was taken before this one was. `too-early` and
   * `too-late`: see the options.
   */
  readonly reason: 'taken' | 'superseded' | 'too-early' | 'too-late';
  /** The run that stands in the way; null for `too-early` and `too-late`. */
  readonly last: OtherRun | null;
}

/**
 * How a call of {@link runOnce} went here: the callback's value and the occasion's fencing token, or why it was not
 * run.
 */
export type RunOnceResult<T> =
  { readonly ran: true; readonly value: T; readonly token: Zxid } | ({ readonly ran: false } & NotRun);

/**
 * Runs `fn` on one of all the replicas that call this for the same occasion. It rejects as `fn` does: a run that fails is a
 * run, and is not repeated. Before the run it rejects with a TimeoutError or the signal's reason, and then the occasion is
 * free for the others.
 *
 * Through SUSPENDED and LOST the way to the run goes on; a run itself goes on whatever happens to the connection, only with
 * `run-again` its signal tells when it is no longer alone.
 */
export async function runOnce<T>(
  client: KeeperClient,
  options: RunOnceOptions,
  fn: (run: OccasionRun) => T | Promise<T>,
): Promise<RunOnceResult<T>> {
  if (typeof fn !== 'function') {
    throw new BadArgumentsError({ message: `the job at ${options.path} is no function`, path: options.path });
  }
  const occasion = new Occasion(client, options);
  const budget = new WaitBudget(client, options, `run ${options.path} for ${occasion.key}`);
  const taken = await budget.settle(occasion.take(budget));
  if ('reason' in taken) return { ran: false, ...taken };
  const value = await occasion.run(taken, { fn, signal: options.signal });
  return { ran: true, value, token: taken.claimed.token };
}
