import { BadArgumentsError } from '../../client/errors.js';
import type { WaitOptions } from '../../client/client-options.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import { onAbort } from '../../client/on-abort.js';
import { openController } from '../../client/open-controller.js';
import type { Hold } from '../support/hold.js';
import { HoldSet } from '../support/hold-set.js';
import { runHolding } from '../support/run-holding.js';
import { WaitBudget } from '../../client/support/wait-budget.js';
import type { LockOptions } from './contended-lock.js';
import { InterProcessMutex } from './inter-process-mutex.js';
import type { Patience } from './lock-attempt.js';

/** What a multi lock can be made of: an InterProcessMutex, half of a read/write lock, an InterProcessSemaphoreMutex. */
export interface MemberLock {
  readonly path: string;
  /** Waits until it is held. When it rejects, no node of it is left. */
  acquire(options?: WaitOptions): Promise<Hold>;
  /** Null when it would have to be waited for; no node of it is left then. */
  tryAcquire(options?: WaitOptions): Promise<Hold | null>;
}

/** Options of a multi lock: those of the mutexes that it makes of paths, and the order. */
export interface MultiLockOptions extends LockOptions {
  /**
   * In which order the locks are taken. Default `sorted`, by path: when all programs do that, none of them ever waits for
   * another that waits for it. `as-given` is for those who share the locks with programs that have an order of their own.
   */
  readonly order?: 'sorted' | 'as-given' | undefined;
}

/**
 * Several locks as one: all are held or none. Uses the znodes of Curator's InterProcessMultiLock, which are those of the
 * locks in it.
 *
 * They are taken one after the other, so while it waits for one it holds those before. Nothing of it is left when it gives up.
 */
export class InterProcessMultiLock {
  /** In the order in which they are taken. */
  readonly paths: readonly string[];
  readonly #client: KeeperClient;
  readonly #locks: readonly MemberLock[];

  /** `locks`: at least one, each a path (of an InterProcessMutex) or a lock; no path twice. */
  constructor(client: KeeperClient, locks: readonly (string | MemberLock)[], options: MultiLockOptions = {}) {
    const { order = 'sorted', ...mutex } = options;
    if (!['sorted', 'as-given'].includes(order)) {
      throw new BadArgumentsError({ message: `order is ${order}; it must be sorted or as-given` });
    }
    if (!Array.isArray(locks)) throw new BadArgumentsError({ message: 'locks must be a list of paths and locks' });
    const members = locks.map((each: string | MemberLock) =>
      typeof each === 'string' ? new InterProcessMutex(client, each, mutex) : checkMember(each),
    );
    if (members.length === 0) throw new BadArgumentsError({ message: 'locks is empty; there must be one at least' });
    if (order === 'sorted') members.sort((a, b) => (a.path < b.path ? -1 : 1));
    this.paths = members.map(({ path }) => path);
    const twice = this.paths.find((path, at) => this.paths.indexOf(path) !== at);
    if (twice !== undefined) {
      throw new BadArgumentsError({ message: `locks has ${twice} twice; it would wait for itself`, path: twice });
    }
    this.#client = client;
    this.#locks = members;
  }

  /**
   * Waits for all of the locks. `timeoutMs` and `signal` cover the whole wait, not one lock each. When it rejects, because
   * they ran out or one of the locks could not be had, it holds none and waits for none. When a lock is lost while it waits
   * for another (on LOST all are), it starts again.
   */
  async acquire(options: WaitOptions = {}): Promise<HoldSet> {
    const set = await this.#acquire(options, 'wait');
    if (set === null) throw new Error(`${this.paths.join(', ')}: a wait ended with neither locks nor an error`);
    return set;
  }

  /** The locks if none of them need be waited for, else null, and then it holds none. */
  async tryAcquire(options: WaitOptions = {}): Promise<HoldSet | null> {
    return this.#acquire(options, 'once');
  }

  /** Runs `fn` while holding all of the locks. Resolves or rejects as `fn` does; they are released in any case. */
  async run<T>(fn: (holds: HoldSet) => T | Promise<T>, options: WaitOptions = {}): Promise<T> {
    return runHolding(await this.acquire(options), fn);
  }

  async #acquire(options: WaitOptions, patience: Patience): Promise<HoldSet | null> {
    const budget = new WaitBudget(this.#client, options, `acquire ${this.paths.join(', ')}`);
    return budget.settle(this.#takeAll(budget, patience));
  }

  async #takeAll(budget: WaitBudget, patience: Patience): Promise<HoldSet | null> {
    for (;;) {
      const taken: Hold[] = [];
      let isComplete = false;
      try {
        const outcome = await this.#take(taken, budget, patience);
        if (outcome === 'taken-by-others') return null;
        const set = outcome === 'lost' ? null : new HoldSet(this.#client, taken as [Hold, ...Hold[]]);
        if (set?.isHeld() === true) {
          budget.throwIfSpent();
          isComplete = budget.commit();
          if (isComplete) return set;
        }
      } finally {
        if (!isComplete) await releaseAll(taken);
      }
    }
  }

  /** Adds to `taken` what it gets. Ends early when one of those is lost. */
  async #take(taken: Hold[], budget: WaitBudget, patience: Patience): Promise<'complete' | 'taken-by-others' | 'lost'> {
    const ending = openController();
    const leave = [onAbort(budget.signal, (reason) => ending.abort(reason))];
    let isLost = false;
    const lost = (reason: unknown): void => {
      isLost = true;
      ending.abort(reason);
    };
    try {
      for (const lock of this.#locks) {
        budget.noteProgress(() => `waiting for ${lock.path}, with ${taken.length} of ${this.#locks.length} held`);
        const wait = { signal: ending.signal };
        const hold = await (patience === 'wait' ? lock.acquire(wait) : lock.tryAcquire(wait));
        if (hold === null) return 'taken-by-others';
        taken.push(hold);
        leave.push(onAbort(hold.signal, lost));
      }
      return isLost ? 'lost' : 'complete';
    } catch (error) {
      if (isLost && !budget.isSpent && error === ending.signal.reason) return 'lost';
      throw error;
    } finally {
      for (const each of leave) each();
    }
  }
}

function checkMember(lock: MemberLock | null | undefined): MemberLock {
  const isLock = typeof lock?.acquire === 'function' && typeof lock.tryAcquire === 'function';
  if (isLock && typeof lock.path === 'string') return lock;
  throw new BadArgumentsError({ message: `one of locks is of type ${typeof lock}; it must be a path or a lock` });
}

/** The last one first; an error with one keeps none of the others, and what could not be released the client reports. */
async function releaseAll(holds: readonly Hold[]): Promise<void> {
  await Promise.allSettled([...holds].reverse().map((hold) => hold.release()));
}
