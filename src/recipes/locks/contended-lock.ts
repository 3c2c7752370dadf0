import type { WaitOptions } from '../../client/client-options.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import type { NodeData } from '../../client/operation-types.js';
import type { Acl } from '../../protocol/acl.js';
import { childOf } from '../../protocol/paths.js';
import type { Grant, GrantOptions } from '../support/grant.js';
import type { Hold } from '../support/hold.js';
import type { Line } from '../support/line.js';
import type { OwnedGrants } from '../support/owned-grants.js';
import { revoke } from '../support/revocation-watch.js';
import { runHolding } from '../support/run-holding.js';
import { inLine } from '../support/sequencer.js';
import type { Contender } from '../support/sequencer.js';
import { WaitBudget } from '../../client/support/wait-budget.js';
import { LockAttempt } from './lock-attempt.js';
import type { LockSpec, Patience } from './lock-attempt.js';

const NOTHING = Buffer.alloc(0);

/** Of the nodes that a lock makes, and of what it grants. */
export interface LockOptions extends GrantOptions {
  /** Content of each contender's node: a name for people who look. Default empty; always empty when revocable. */
  readonly data?: NodeData | undefined;
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

/** What makes a lock the one it is. */
export interface LockNature<H extends Hold> {
  readonly line: Line;
  readonly options: LockOptions;
  readonly owned: OwnedGrants;
  /** How somebody stands in line; each attempt to acquire asks for one. */
  readonly entryFor: (owner: unknown, budget: WaitBudget) => LockSpec['entry'];
  readonly holdOf: (grant: Grant, owner: unknown) => H;
  /** Who of the line is a participant of this lock. */
  readonly isParticipant: (contender: Contender) => boolean;
}

/** What locks have in common whose contenders stand in a line of znodes: base of the mutex and of both halves of the read/write lock. */
export abstract class ContendedLock<H extends Hold = Hold> {
  readonly path: string;
  readonly #client: KeeperClient;
  readonly #nature: LockNature<H>;

  /** @internal */
  protected constructor(client: KeeperClient, nature: LockNature<H>) {
    this.path = nature.line.path;
    this.#client = client;
    this.#nature = nature;
  }

  /**
   * Waits for the lock. When it rejects, its contender is out of the line and its watch is gone: never race it against
   * a timer of your own, because the loser of such a race goes on waiting and one day holds the lock for nobody.
   *
   * A wait outlives a broken connection and keeps its place. When the session is lost, it stands in line again, at the end.
   */
  async acquire(options: AcquireOptions = {}): Promise<H> {
    const budget = new WaitBudget(this.#client, options, `acquire ${this.path}`);
    const hold = await budget.settle(this.#enter(budget, options, 'wait'));
    if (hold === null) throw new Error(`${this.path}: a wait ended with neither a lock nor an error`);
    return hold;
  }

  /** The lock if it need not be waited for, else null. Takes a place in the line to find out. */
  async tryAcquire(options: AcquireOptions = {}): Promise<H | null> {
    const budget = new WaitBudget(this.#client, options, `try to acquire ${this.path}`);
    return budget.settle(this.#enter(budget, options, 'once'));
  }

  /**
   * Runs `fn` while holding the lock. Resolves or rejects as `fn` does; the lock is released in any case. `fn` should
   * stop when `hold.signal` aborts: it goes on running if it does not look.
   */
  async run<T>(fn: (hold: H) => T | Promise<T>, options: AcquireOptions = {}): Promise<T> {
    return runHolding(await this.acquire(options), fn);
  }

  /** Full paths of the contenders' nodes, the first in line first. Any of them can be given to `revoke`. */
  async participants(options: WaitOptions = {}): Promise<string[]> {
    const budget = new WaitBudget(this.#client, options, `participants of ${this.path}`);
    const { line, isParticipant } = this.#nature;
    const contenders = await budget.settle(line.list(budget), 0);
    return inLine(contenders.filter(isParticipant)).map((name) => childOf(this.path, name));
  }

  /**
   * Asks whoever stands behind a contender's node (see `participants`) to give the lock back. It is a request: the other
   * side must have asked for `revocable`, and may refuse. A node that is gone is no error.
   */
  static async revoke(client: KeeperClient, path: string, options: WaitOptions = {}): Promise<void> {
    return revoke(client, path, options);
  }

  async #enter(budget: WaitBudget, options: AcquireOptions, patience: Patience): Promise<H | null> {
    const { owner } = options;
    const { owned, holdOf } = this.#nature;
    if (owner === undefined) return this.#contend(budget, options, patience);
    return owned.gates.pass(owner, budget, async () => {
      const held = owned.of(owner);
      if (held !== null && budget.commit()) return holdOf(held, owner);
      return this.#contend(budget, options, patience);
    });
  }

  async #contend(budget: WaitBudget, options: AcquireOptions, patience: Patience): Promise<H | null> {
    const { owner, revocable: isRevocable = false } = options;
    const { line, owned, entryFor, holdOf, options: lock } = this.#nature;
    const { data = NOTHING, acl, parentAcl } = lock;
    const attempt = new LockAttempt(this.#client, budget, {
      line,
      entry: entryFor(owner, budget),
      // A revocable node starts empty, as Curator's does, so that a request stands out.
      data: isRevocable ? NOTHING : data,
      acl,
      parentAcl,
      isRevocable,
      grant: lock,
    });
    const grant = await attempt.run(patience);
    if (grant === null) return null;
    if (owner !== undefined) owned.remember(owner, grant);
    return holdOf(grant, owner);
  }
}
