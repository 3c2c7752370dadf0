import type { WaitOptions } from '../../client/client-options.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import { childOf } from '../../protocol/paths.js';
import { checkGrantOptions, checkLockPath } from '../support/check-arguments.js';
import { Hold } from '../support/hold.js';
import { HoldSet } from '../support/hold-set.js';
import { Line } from '../support/line.js';
import { runHolding } from '../support/run-holding.js';
import { inLine } from '../support/sequencer.js';
import { WaitBudget } from '../../client/support/wait-budget.js';
import type { LockOptions } from './contended-lock.js';
import type { Patience } from './lock-attempt.js';
import { checkCount, checkPermits, valueOf } from './permits.js';
import type { PermitsSource } from './permits.js';
import { SemaphoreAttempt } from './semaphore-attempt.js';

/** Options of a semaphore. */
export interface SemaphoreOptions extends LockOptions {
  /**
   * How many leases there are: a whole number from 1, or something whose number may change, such as a SharedCount. All
   * processes must say the same. When it shrinks, leases that are out stay out.
   */
  readonly permits: number | PermitsSource;
}

/** `timeoutMs` and `signal` cover the whole wait: it rejects with a TimeoutError, or with the signal's reason. */
export interface LeaseOptions extends WaitOptions {
  /** How many leases; all at once or none. 1 to the number of permits, default 1. */
  readonly count?: number | undefined;
}

/**
 * A semaphore among processes: at most `permits` leases are out at a time, granted in the order in which they were asked
 * for. Uses the znodes of Curator's InterProcessSemaphoreV2, so Java processes can share a path with it.
 *
 * Who asks for several gets them together, and whoever comes later waits until then, even if it wants fewer.
 */
export class InterProcessSemaphoreV2 {
  readonly path: string;
  readonly #client: KeeperClient;
  readonly #options: SemaphoreOptions;
  readonly #locks: Line;
  readonly #leases: Line;

  /** `path` is the semaphore: made when needed, and removed by the server some time after its last use. */
  constructor(client: KeeperClient, path: string, options: SemaphoreOptions) {
    checkLockPath(path, 'leases');
    checkGrantOptions(path, options);
    checkPermits(path, options.permits);
    this.path = path;
    this.#client = client;
    this.#options = options;
    this.#locks = new Line(client, { path: childOf(path, 'locks'), lockName: 'lock-' });
    this.#leases = new Line(client, { path: childOf(path, 'leases'), lockName: 'lease-' });
  }

  /**
   * Waits for leases. When it rejects, its nodes and its watch are gone: never race it against a timer of your own.
   *
   * A wait outlives a broken connection and keeps its place. When the session is lost, it starts again, at the end of the
   * line. A lease ends as a lock does: its signal aborts before a server can give it to somebody else.
   */
  async acquire(options: LeaseOptions = {}): Promise<HoldSet> {
    const set = await this.#acquire(options, 'wait');
    if (set === null) throw new Error(`${this.path}: a wait ended with neither leases nor an error`);
    return set;
  }

  /** Leases if there are enough and nobody is before us, else null. Takes a place in the line to find out. */
  async tryAcquire(options: LeaseOptions = {}): Promise<HoldSet | null> {
    return this.#acquire(options, 'once');
  }

  /** Runs `fn` with leases. Resolves or rejects as `fn` does; they are given back in any case. */
  async run<T>(fn: (leases: HoldSet) => T | Promise<T>, options: LeaseOptions = {}): Promise<T> {
    return runHolding(await this.acquire(options), fn);
  }

  /**
   * How many leases are free, 0 or more. Whoever waits for leases has its own counted as taken. The answer is old when it
   * comes: to take a lease if there is one, use `tryAcquire`.
   */
  async available(options: WaitOptions = {}): Promise<number> {
    const taken = await this.participants(options);
    return Math.max(0, valueOf(this.#options.permits) - taken.length);
  }

  /** Full paths of the nodes of all leases, in order. The last ones may belong to somebody who still waits. */
  async participants(options: WaitOptions = {}): Promise<string[]> {
    const budget = new WaitBudget(this.#client, options, `leases of ${this.path}`);
    const leases = await budget.settle(this.#leases.list(budget), 0);
    return inLine(leases).map((name) => childOf(this.#leases.path, name));
  }

  async #acquire(options: LeaseOptions, patience: Patience): Promise<HoldSet | null> {
    const { count = 1 } = options;
    const { permits } = this.#options;
    checkCount(this.path, count, permits);
    const what = `acquire ${count === 1 ? 'a lease' : `${count} leases`} of ${this.path}`;
    const budget = new WaitBudget(this.#client, options, what);
    const spec = { locks: this.#locks, leases: this.#leases, permits, options: this.#options, count };
    const attempt = new SemaphoreAttempt(this.#client, budget, spec);
    const grants = await budget.settle(attempt.run(patience));
    const [first, ...others] = (grants ?? []).map((grant) => new Hold(grant));
    return first === undefined ? null : new HoldSet(this.#client, [first, ...others]);
  }
}
