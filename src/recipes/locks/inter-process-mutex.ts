import { BadArgumentsError, NoNodeError } from '../../client/errors.js';
import type { WaitOptions } from '../../client/client-options.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import type { NodeData } from '../../client/operation-types.js';
import type { Acl } from '../../protocol/acl.js';
import { childOf, pathFault } from '../../protocol/paths.js';
import type { Grant, GrantOptions } from '../support/grant.js';
import { Hold } from '../support/hold.js';
import { Line } from '../support/line.js';
import { LocalGates } from '../support/local-gate.js';
import { retry } from '../support/retry.js';
import { REVOKE } from '../support/revocation-watch.js';
import { inLine } from '../support/sequencer.js';
import { WaitBudget } from '../support/wait-budget.js';
import { LockAttempt } from './lock-attempt.js';
import type { Patience } from './lock-attempt.js';

const NOTHING = Buffer.alloc(0);

export interface InterProcessMutexOptions extends GrantOptions {
  /** Content of each contender's node: a name for people who look. Default empty; always empty when revocable. */
  readonly data?: NodeData | undefined;
  /** What the contenders' names contain. Default `lock-`, as Curator's. */
  readonly lockName?: string | undefined;
  /** Of the contenders' nodes. Default: everybody may do everything. */
  readonly acl?: readonly Acl[] | undefined;
  /** Of parents that have to be made. Default: everybody may do everything. */
  readonly parentAcl?: readonly Acl[] | undefined;
}

/** `timeoutMs` and `signal` cover the whole wait: it rejects with a TimeoutError, or with the signal's reason. */
export interface AcquireOptions extends WaitOptions {
  /** Whoever gives the same owner (any value but undefined) enters again, instead of waiting for itself. */
  readonly owner?: unknown;
  /** Let others ask for the lock back, see `revokeRequested` of the hold. Costs one read and one watch. */
  readonly revocable?: boolean | undefined;
}

/**
 * A lock among processes: at most one holds it, in the order in which they asked. Uses the znodes of Curator's
 * InterProcessMutex, so Java processes can take turns with it on the same path.
 *
 * One object can serve any number of callers, and each `acquire()` is one contender. It is not re-entrant unless an
 * `owner` is given: a second `acquire()` inside the lock waits for the first to be released.
 */
export class InterProcessMutex {
  readonly path: string;
  readonly #client: KeeperClient;
  readonly #options: InterProcessMutexOptions;
  readonly #line: Line;
  readonly #gates = new LocalGates();
  readonly #owned = new Map<unknown, Grant>();

  /** `path` is the lock: made when needed, and removed by the server some time after its last use. */
  constructor(client: KeeperClient, path: string, options: InterProcessMutexOptions = {}) {
    const { lockName = 'lock-', deadlineMarginMs = 0, onSuspended = 'wait-for-deadline' } = options;
    const fault = pathFault(path) ?? pathFault(childOf(path, `${lockName}0`));
    if (fault !== null) throw new BadArgumentsError({ message: `path of a lock: ${fault}`, path });
    if (lockName === '' || lockName.includes('/')) {
      throw new BadArgumentsError({
        message: `lockName is ${JSON.stringify(lockName)}; it must be part of a name`,
        path,
      });
    }
    if (!(typeof deadlineMarginMs === 'number' && deadlineMarginMs >= 0)) {
      throw new BadArgumentsError({ message: `deadlineMarginMs is ${deadlineMarginMs}; it must be 0 or more`, path });
    }
    if (!['abort', 'wait-for-deadline'].includes(onSuspended)) {
      throw new BadArgumentsError({
        message: `onSuspended is ${onSuspended}; it must be abort or wait-for-deadline`,
        path,
      });
    }
    this.path = path;
    this.#client = client;
    this.#options = options;
    this.#line = new Line(client, { path, lockName });
  }

  /**
   * Waits for the lock. When it rejects, its contender is out of the line and its watch is gone: never race it against
   * a timer of your own, because the loser of such a race goes on waiting and one day holds the lock for nobody.
   */
  async acquire(options: AcquireOptions = {}): Promise<Hold> {
    const budget = new WaitBudget(this.#client, options, `acquire ${this.path}`);
    const hold = await budget.settle(this.#enter(budget, options, 'wait'));
    if (hold === null) throw new Error(`${this.path}: a wait ended with neither a lock nor an error`);
    return hold;
  }

  /** The lock if nobody else holds it or waits for it, else null. Takes a place in the line to find out. */
  async tryAcquire(options: AcquireOptions = {}): Promise<Hold | null> {
    const budget = new WaitBudget(this.#client, options, `try to acquire ${this.path}`);
    return budget.settle(this.#enter(budget, options, 'once'));
  }

  /**
   * Runs `fn` while holding the lock. Resolves or rejects as `fn` does; the lock is released in any case. `fn` should
   * stop when `hold.signal` aborts: it goes on running if it does not look.
   */
  async run<T>(fn: (hold: Hold) => T | Promise<T>, options: AcquireOptions = {}): Promise<T> {
    const hold = await this.acquire(options);
    let result: T;
    try {
      result = await fn(hold);
    } catch (error) {
      // What went wrong in `fn` matters more than a release that fails on top of it.
      await hold.release().catch(() => undefined);
      throw error;
    }
    await hold.release();
    return result;
  }

  /** Full paths of the contenders' nodes, the holder's first. Any of them can be given to `revoke`. */
  async participants(options: WaitOptions = {}): Promise<string[]> {
    const budget = new WaitBudget(this.#client, options, `participants of ${this.path}`);
    const contenders = await budget.settle(this.#line.list(budget), 0);
    return inLine(contenders).map((name) => childOf(this.path, name));
  }

  /**
   * Asks whoever stands behind a contender's node (see `participants`) to give the lock back. It is a request: the other
   * side must have asked for `revocable`, and may refuse. A node that is gone is no error.
   */
  static async revoke(client: KeeperClient, path: string, options: WaitOptions = {}): Promise<void> {
    const budget = new WaitBudget(client, options, `revoke ${path}`);
    const written = retry(client, budget, (wait) => client.setData(path, REVOKE, wait));
    const ignored = (error: unknown): void => {
      if (!(error instanceof NoNodeError)) throw error;
    };
    await budget.settle(
      written.then(() => undefined, ignored),
      0,
    );
  }

  async #enter(budget: WaitBudget, options: AcquireOptions, patience: Patience): Promise<Hold | null> {
    const { owner } = options;
    if (owner === undefined) return this.#contend(budget, options, patience);
    return this.#gates.pass(owner, budget, async () => {
      const held = this.#owned.get(owner);
      if (held?.isHeld() === true) {
        if (budget.commit()) return new Hold(held);
      } else {
        // Its session may live on, and then its node would stand before that of its own successor.
        held?.abandon();
      }
      return this.#contend(budget, options, patience);
    });
  }

  async #contend(budget: WaitBudget, options: AcquireOptions, patience: Patience): Promise<Hold | null> {
    const { owner, revocable: isRevocable = false } = options;
    const { data = NOTHING, acl, parentAcl } = this.#options;
    const attempt = new LockAttempt(this.#client, budget, {
      line: this.#line,
      // A revocable node starts empty, as Curator's does, so that a request stands out.
      data: isRevocable ? NOTHING : data,
      acl,
      parentAcl,
      isRevocable,
      grant: this.#options,
    });
    const grant = await attempt.run(patience);
    if (grant === null) return null;
    if (owner !== undefined) this.#remember(owner, grant);
    return new Hold(grant);
  }

  #remember(owner: unknown, grant: Grant): void {
    this.#owned.set(owner, grant);
    grant.onEmptied(() => {
      if (this.#owned.get(owner) === grant) this.#owned.delete(owner);
    });
  }
}
