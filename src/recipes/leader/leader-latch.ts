import type { WaitOptions } from '../../client/client-options.js';
import { BadArgumentsError, ClosedError } from '../../client/errors.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import { onAbort } from '../../client/on-abort.js';
import { errorHook } from '../support/error-hook.js';
import type { ErrorHook } from '../support/error-hook.js';
import { filterAsync } from '../support/filter-async.js';
import { Grant } from '../support/grant.js';
import { Latest } from '../support/latest.js';
import { Line } from '../support/line.js';
import { isOfThisSession } from '../support/own-node.js';
import { retry } from '../../client/support/retry.js';
import { StateLoop } from '../support/state-loop.js';
import { WaitBudget } from '../../client/support/wait-budget.js';
import { LeaderObserver } from './leader-observer.js';
import { checkLeaderOptions } from './leader-options.js';
import type { LeaderOptions } from './leader-options.js';
import { LeaderTerm } from './leader-term.js';
import { participantsOf } from './participant.js';
import type { Participant } from './participant.js';
import { PlaceInLine } from './place-in-line.js';

/**
 * - `latent`: not in the line: not started yet, or just about to enter;
 * - `follower`: in the line, somebody else is ahead;
 * - `leader`: `hasLeadership()`;
 * - `suspended`: no leader, and without a connection, so nobody knows where it stands;
 * - `closed`: for good.
 */
export type LeaderLatchState = 'latent' | 'follower' | 'leader' | 'suspended' | 'closed';

const LATCH = 'latch-';

/**
 * One of a group leads until it resigns, closes or loses its session; then the next in the order of arrival does. Uses the
 * znodes of Curator's LeaderLatch, so Java processes can take part on the same path.
 *
 * On SUSPENDED a leader leads on until its deadline (`onSuspended: 'abort'`: it stops at once), and a follower keeps its
 * place. On LOST a term is over, and the latch stands in line again, at the end, with its client's next session.
 */
export class LeaderLatch implements AsyncDisposable {
  readonly path: string;
  readonly id: string;
  readonly #client: KeeperClient;
  readonly #options: LeaderOptions;
  readonly #line: Line;
  readonly #place: PlaceInLine;
  readonly #loop: StateLoop;
  readonly #states = new Latest<LeaderLatchState>('latent');
  readonly #terms = new Latest<LeaderTerm | null>(null);
  readonly #report: ErrorHook;
  readonly #closing = new AbortController();
  #isStarted = false;
  #isClosed = false;
  #closed: Promise<void> | null = null;
  readonly #stateChanged = (): void => {
    this.#tell();
    if (this.#client.state === 'closed') void this.#close();
  };

  /** `path` is the latch: made when needed, and removed by the server some time after its last use. */
  constructor(client: KeeperClient, path: string, options: LeaderOptions = {}) {
    checkLeaderOptions('leader latch', path, options);
    const { id = '', acl, parentAcl } = options;
    this.path = path;
    this.id = id;
    this.#client = client;
    this.#options = options;
    this.#report = errorHook(options.onError, { code: 'PINFOLD_LATCH', path });
    this.#line = new Line(client, { path, lockName: LATCH });
    const onMoved = (): void => this.#loop.mark();
    this.#place = new PlaceInLine(client, { line: this.#line, name: LATCH, data: id, acl, parentAcl, onMoved });
    this.#loop = new StateLoop(client, {
      look: (signal) => this.#look(signal),
      onError: this.#report,
    });
  }

  /** Stands in the line as soon as there is a connection; returns at once. Calling it again does nothing more. */
  start(): void {
    if (this.#isClosed) throw this.#closedError();
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#client.on('stateChanged', this.#stateChanged);
    this.#loop.start();
    this.#stateChanged();
  }

  /**
   * Out of the line for good. A term ends before anything is sent: who leads should stop its work first. Waits reject with
   * a ClosedError, iterations end. Resolves when the node is gone, or its session is; when `options` run out first it
   * rejects, and goes on in the background. Calling it again does nothing more.
   */
  async close(options: WaitOptions = {}): Promise<void> {
    const budget = new WaitBudget(this.#client, options, `close the latch ${this.path}`);
    return budget.settle(this.#close(), 0);
  }

  /** `close()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** What is known now; looks at the clock when called. */
  get state(): LeaderLatchState {
    this.#tell();
    return this.#states.value;
  }

  /** True while nobody else can lead. Looks at the clock at the time of the call, and ends the term when late. */
  hasLeadership(): boolean {
    return this.#term !== null;
  }

  /**
   * The state now, and each change that the reader is in time for: what it misses is skipped, the last one never is. Ends
   * after `closed`, or when the signal aborts, without an error.
   */
  states(options: { readonly signal?: AbortSignal | undefined } = {}): AsyncIterable<LeaderLatchState, undefined> {
    return this.#states.changes(options);
  }

  /**
   * Each term of this participant, as soon as it begins; one that is over before the reader asks for it is skipped. The end
   * of the loop's body does not end the term: it resigns, or is lost, or the latch closes. Ends when the latch closes or the
   * signal aborts, without an error; leaving the loop leaves the latch as it is.
   */
  terms(options: { readonly signal?: AbortSignal | undefined } = {}): AsyncIterable<LeaderTerm, undefined> {
    this.#assertStarted();
    const isTerm = (term: LeaderTerm | null): term is LeaderTerm => term?.isHeld() === true;
    return filterAsync(this.#terms.changes(options), isTerm);
  }

  /** Waits until this participant leads: at once if it does. Gives up nothing but the wait when `options` run out. */
  async awaitLeadership(options: WaitOptions = {}): Promise<LeaderTerm> {
    this.#assertStarted();
    const budget = new WaitBudget(this.#client, options, `lead ${this.path}`);
    return budget.settle(this.#nextTerm(budget), 0);
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

  /**
   * Who leads, now and after each change that the reader is in time for; null while nobody does. For whoever is not in the
   * line too: the latch need not be started. Costs one watch on the leader's node, so a change of leadership wakes every
   * observer. Ends when the signal aborts or the latch closes, without an error.
   */
  observeLeader({ signal }: { readonly signal?: AbortSignal | undefined } = {}): AsyncIterable<
    Participant | null,
    undefined
  > {
    const ends = this.#closing.signal;
    const until = signal === undefined ? ends : AbortSignal.any([signal, ends]);
    return {
      [Symbol.asyncIterator]: () => new LeaderObserver(this.#client, this.#line, this.#report).iterator(until),
    };
  }

  /** The term, if it is still held. */
  get #term(): LeaderTerm | null {
    const term = this.#terms.value;
    return term?.isHeld() === true ? term : null;
  }

  async #nextTerm(budget: WaitBudget): Promise<LeaderTerm> {
    budget.throwIfSpent();
    for await (const term of this.terms({ signal: budget.signal })) return term;
    budget.throwIfSpent();
    throw this.#closedError();
  }

  async #look(signal: AbortSignal): Promise<void> {
    const budget = new WaitBudget(this.#client, { signal }, `lead ${this.path}`);
    try {
      await budget.settle(this.#step(budget));
    } finally {
      this.#tell();
    }
  }

  async #step(budget: WaitBudget): Promise<void> {
    if (this.#term !== null) {
      if (this.#client.state !== 'connected' || (await this.#term.verify())) return;
    }
    if (this.#terms.value !== null) {
      // Its session may live on, and then its node would stand before that of its own successor.
      this.#terms.set(null);
      await this.#place.leave();
    }
    if ((await this.#place.look(budget)) === 'first') await this.#lead(budget);
  }

  async #lead(budget: WaitBudget): Promise<void> {
    for (;;) {
      budget.throwIfSpent();
      const { node } = this.#place;
      if (node === null) return this.#loop.mark();
      const grant = new Grant(this.#client, { node, revocation: null }, this.#options);
      if (grant.isHeld()) {
        const term = new LeaderTerm(grant);
        this.#terms.set(term);
        onAbort(grant.signal, () => {
          this.#tell();
          this.#loop.mark();
        });
        return;
      }
      // Who has only followed has nobody's word for the session: ask everybody, then again.
      await retry(this.#client, budget, (wait) => this.#client.sync(this.path, wait));
      if (!isOfThisSession(this.#client, node)) return this.#loop.mark();
    }
  }

  #tell(): void {
    this.#states.set(this.#observed());
  }

  #observed(): LeaderLatchState {
    if (this.#isClosed) return 'closed';
    if (!this.#isStarted) return 'latent';
    if (this.#term !== null) return 'leader';
    if (this.#client.state !== 'connected') return 'suspended';
    return this.#place.node === null || this.#terms.value !== null ? 'latent' : 'follower';
  }

  #close(): Promise<void> {
    // Whoever hears of it inside of `#leave` may close again.
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#closed = this.#leave();
    }
    return this.#closed ?? Promise.resolve();
  }

  async #leave(): Promise<void> {
    const loopEnded = this.#loop.close();
    this.#client.off('stateChanged', this.#stateChanged);
    this.#states.set('closed');
    this.#states.end();
    const released = this.#terms.value?.release().catch(this.#report);
    this.#terms.end();
    this.#closing.abort();
    await loopEnded;
    await released;
    await this.#place.leave();
  }

  #assertStarted(): void {
    if (this.#isClosed) throw this.#closedError();
    if (this.#isStarted) return;
    throw new BadArgumentsError({ message: `the latch ${this.path} was not started: call start()`, path: this.path });
  }

  #closedError(): ClosedError {
    return new ClosedError({ message: `the latch ${this.path} is closed`, path: this.path });
  }
}
