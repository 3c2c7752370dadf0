import { AsyncLocalStorage } from 'node:async_hooks';
import { BadArgumentsError, ClosedError } from '../../client/errors.js';
import type { WaitOptions } from '../../client/client-options.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import { onAbort } from '../../client/on-abort.js';
import type { Timer } from '../../runtime/timers.js';
import { LockAttempt } from '../locks/lock-attempt.js';
import { Backoff } from '../../client/support/backoff.js';
import { errorHook } from '../support/error-hook.js';
import type { ErrorHook } from '../support/error-hook.js';
import { Line } from '../support/line.js';
import { isRetryable } from '../../client/support/retry.js';
import { WaitBudget } from '../../client/support/wait-budget.js';
import { checkLeaderOptions } from './leader-options.js';
import type { LeaderOptions } from './leader-options.js';
import { LeaderTerm } from './leader-term.js';
import { participantsOf } from './participant.js';
import type { Participant } from './participant.js';

/** Options of a LeaderSelector: who takes part, how often, and how patient it is with its callback. */
export interface LeaderSelectorOptions extends LeaderOptions {
  /** Stand in line again after each term. Default true. False: once, and then once for each `requeue()`. */
  readonly requeue?: boolean | undefined;
  /**
   * How long after the abort of `term.signal` the callback may still run before the node is released all the same, so that
   * somebody else leads beside it, ms. Default Infinity: as long as it takes.
   */
  readonly graceMs?: number | undefined;
  /** Hears of a callback that was still running when `graceMs` were over: from here on two may act as leader. */
  readonly onOverlap?: ((term: LeaderTerm) => void) | undefined;
}

const LOCK = 'lock-';

/** What a LeaderSelector runs while it leads. Should return soon after `term.signal` has aborted. */
export type TakeLeadership = (term: LeaderTerm) => unknown;

/**
 * Leadership as a call: the callback runs while this participant leads, and ends the term when it settles; then the next in
 * line leads, and this one stands in line again. Uses the znodes of Curator's LeaderSelector, so Java processes can take
 * part on the same path.
 *
 * `term.signal` aborts when the term is lost, when the selector closes, and when it is interrupted. The node is released,
 * and the line entered again, only after the callback has settled: no other leader starts beside it while the session
 * lives, and no second callback of this selector does ever. On SUSPENDED a term goes on until its deadline, with
 * `onSuspended: 'abort'` not even that; on LOST it is over, and a waiting selector starts over with the next session.
 */
export class LeaderSelector implements AsyncDisposable {
  readonly path: string;
  readonly id: string;
  readonly #client: KeeperClient;
  readonly #options: LeaderSelectorOptions;
  readonly #takeLeadership: TakeLeadership;
  readonly #line: Line;
  readonly #report: ErrorHook;
  readonly #closing = new AbortController();
  /** The term in whose callback code runs, if any: it must not wait for itself. */
  readonly #inside = new AsyncLocalStorage<LeaderTerm>();
  #term: LeaderTerm | null = null;
  #isQueued = false;
  #wake: () => void = () => undefined;
  #running: Promise<void> | null = null;

  /** `path` is the line: made when needed, and removed by the server some time after its last use. */
  constructor(
    client: KeeperClient,
    path: string,
    takeLeadership: TakeLeadership,
    // A callback between path and options, as in Curator.
    options: LeaderSelectorOptions = {},
  ) {
    checkLeaderOptions('leader selector', path, options);
    const { id = '', graceMs = Infinity } = options;
    if (typeof takeLeadership !== 'function') {
      throw new BadArgumentsError({ message: 'takeLeadership must be a function', path });
    }
    if (!(typeof graceMs === 'number' && graceMs >= 0)) {
      throw new BadArgumentsError({ message: `graceMs is ${graceMs}; it must be 0 or more`, path });
    }
    this.path = path;
    this.id = id;
    this.#client = client;
    this.#options = options;
    this.#takeLeadership = takeLeadership;
    this.#report = errorHook(options.onError, { code: 'PINFOLD_SELECTOR', path });
    this.#line = new Line(client, { path, lockName: LOCK });
  }

  /** Stands in line as soon as there is a connection; returns at once. Calling it again does nothing more. */
  start(): void {
    if (this.#closing.signal.aborted) {
      throw new ClosedError({ message: `the selector ${this.path} is closed`, path: this.path });
    }
    if (this.#running !== null) return;
    this.#isQueued = true;
    this.#running = this.#run();
  }

  /** Stands in line once more, for selectors without `requeue`. False if it does so already, or is closed. */
  requeue(): boolean {
    if (this.#isQueued || this.#running === null || this.#closing.signal.aborted) return false;
    this.#isQueued = true;
    this.#wake();
    return true;
  }

  /** Aborts the signal of the present term, if there is one: its callback should return. True if there was one. */
  interruptLeadership(): boolean {
    if (this.#term === null || this.#term.signal.aborted) return false;
    this.#term.interrupt();
    return true;
  }

  /** True while the callback runs and nobody else can lead. Looks at the clock at the time of the call. */
  hasLeadership(): boolean {
    return this.#term?.isHeld() === true;
  }

  /**
   * Aborts the present term's signal, waits for its callback to settle (`graceMs` at most) and then for its node to be gone,
   * and stands in line no more. Inside the callback it does not wait for that callback. When `options` run out first it
   * rejects, and goes on in the background. Calling it again does nothing more.
   */
  async close(options: WaitOptions = {}): Promise<void> {
    const budget = new WaitBudget(this.#client, options, `close the selector ${this.path}`);
    this.#closing.abort();
    this.interruptLeadership();
    this.#wake();
    const inside = this.#inside.getStore();
    const isInside = inside !== undefined && inside === this.#term;
    return budget.settle(isInside ? Promise.resolve() : (this.#running ?? Promise.resolve()), 0);
  }

  /** `close()`, for `await using`: waits for the callback. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** All who lead or would, in the order of the line. Costs two round trips, however many there are. */
  async participants(options: WaitOptions = {}): Promise<Participant[]> {
    const budget = new WaitBudget(this.#client, options, `participants of ${this.path}`);
    return budget.settle(participantsOf(this.#client, budget, this.#line), 0);
  }

  /** Who stands first, or null when nobody does. */
  async leader(options: WaitOptions = {}): Promise<Participant | null> {
    const [first] = await this.participants(options);
    return first?.isLeader === true ? first : null;
  }

  /** Never rejects: whatever happens, the next round begins, until the selector or the client is closed. */
  async #run(): Promise<void> {
    const { signal } = this.#closing;
    const { requeue: isRequeued = true } = this.#options;
    let backoff = new Backoff(this.#client);
    while (!signal.aborted && this.#client.state !== 'closed') {
      if (!this.#isQueued) {
        await new Promise<void>((resolve) => (this.#wake = resolve));
        continue;
      }
      try {
        const term = await this.#elect();
        this.#isQueued = isRequeued;
        if (await this.#lead(term)) backoff = new Backoff(this.#client);
        else await backoff.wait(signal);
      } catch (error) {
        if (signal.aborted || error instanceof ClosedError) return;
        if (!isRetryable(error)) this.#report(error);
        await backoff.wait(signal);
      }
    }
  }

  async #elect(): Promise<LeaderTerm> {
    const { id = '', acl, parentAcl } = this.#options;
    const budget = new WaitBudget(this.#client, { signal: this.#closing.signal }, `lead ${this.path}`);
    const entry = () => ({ name: LOCK });
    const shared = { line: this.#line, data: id, acl, parentAcl };
    const spec = { ...shared, entry, isRevocable: false, grant: this.#options };
    const grant = await budget.settle(new LockAttempt(this.#client, budget, spec).run('wait'));
    if (grant === null) throw new Error(`${this.path}: a wait ended with neither a term nor an error`);
    return new LeaderTerm(grant);
  }

  /** False when the callback failed. Resolves when it has settled and its node is gone, or its session is. */
  async #lead(term: LeaderTerm): Promise<boolean> {
    this.#term = term;
    // The selector may have been closed while the grant was on its way here.
    if (this.#closing.signal.aborted) term.interrupt();
    const endOfGrace = this.#limitGrace(term);
    let isWell = true;
    try {
      await this.#inside.run(term, async () => this.#takeLeadership(term));
    } catch (error) {
      // To end as the signal says is no failure.
      isWell = term.signal.aborted && error === term.signal.reason;
      if (!isWell) this.#report(error);
    }
    endOfGrace();
    this.#term = null;
    await term.release().catch(this.#report);
    return isWell;
  }

  /** Releases the node of a term whose callback does not come back in time. Returns how to call that off. */
  #limitGrace(term: LeaderTerm): () => void {
    const { graceMs = Infinity, onOverlap } = this.#options;
    if (graceMs === Infinity) return () => undefined;
    let timer: Timer | null = null;
    const leave = onAbort(term.signal, () => {
      timer = this.#client.runtime.timers.after(graceMs, () => {
        term.release().catch(this.#report);
        try {
          onOverlap?.(term);
        } catch (error) {
          this.#report(error);
        }
      });
    });
    return () => {
      leave();
      timer?.cancel();
    };
  }
}
