import type { WaitOptions } from '../../client/client-options.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import type { CheckSpec } from '../../client/operation-types.js';
import type { Transaction } from '../../client/transaction-types.js';
import { onAbort } from '../../client/on-abort.js';
import { openController } from '../../client/open-controller.js';
import type { Zxid } from '../../protocol/zxid.js';
import type { Hold } from './hold.js';
import { WaitBudget } from '../../client/support/wait-budget.js';

/**
 * Several holds that are of use only together: the leases of one `acquire`, the locks of a multi lock. It looks like a
 * {@link Hold}, and is held while every one of them is. When one ends the others are still there: release the set.
 */
export class HoldSet implements AsyncDisposable {
  /** One at least, in the order in which they were granted. */
  readonly holds: readonly Hold[];
  /** The first one's znode. */
  readonly path: string;
  /**
   * The largest of their tokens. It tells this set from every other one. What one lock of the set protects is fenced with the
   * token of that lock's own hold, see {@link holds}.
   */
  readonly token: Zxid;
  /** Aborts when the first of them ends, by loss or by release; the reason is that hold's LockLostError. */
  readonly signal: AbortSignal;
  readonly #client: KeeperClient;
  readonly #controller = openController();
  readonly #leave: (() => void)[];
  #released: Promise<void> | null = null;

  /** @internal A recipe makes them. */
  constructor(client: KeeperClient, holds: readonly [Hold, ...Hold[]]) {
    this.#client = client;
    this.holds = holds;
    this.path = holds[0].path;
    this.token = holds.reduce((token, hold) => (hold.token > token ? hold.token : token), holds[0].token);
    this.signal = this.#controller.signal;
    this.#leave = holds.map(({ signal }) => onAbort(signal, () => this.#controller.abort(signal.reason)));
  }

  /** Their znodes. */
  get paths(): string[] {
    return this.holds.map(({ path }) => path);
  }

  /** True while each of them is held. Looks at the clock at the time of the call, and aborts `signal` when late. */
  isHeld(): boolean {
    return this.holds.every((hold) => hold.isHeld());
  }

  /** Ms that `isHeld()` stays true even if no server ever answers again; 0 when it has ended. */
  remainingMs(): number {
    return Math.min(...this.holds.map((hold) => hold.remainingMs()));
  }

  /** Throws a LockLostError unless `isHeld()`. */
  assertHeld(): void {
    for (const hold of this.holds) hold.assertHeld();
  }

  /** Asks the server whether all their nodes are still there, in one round trip. Rejects when no server answers. */
  async verify(): Promise<boolean> {
    await Promise.all(this.holds.map((hold) => hold.verify()));
    return this.isHeld();
  }

  /** A transaction that is refused as a whole if the node of any of them is gone when the server applies it. */
  transaction(): Transaction {
    const transaction = this.#client.transaction();
    for (const op of this.checkOps()) transaction.check(...op);
    return transaction;
  }

  /** The guards of {@link transaction}, for one made elsewhere: `for (const op of set.checkOps()) transaction.check(...op)`. */
  checkOps(): [path: string, spec: CheckSpec][] {
    return this.holds.map((hold) => hold.checkOp());
  }

  /**
   * Gives all of them back, the last one first. Resolves when the server has confirmed it, or the session is over. An error
   * with one keeps none of the others. When `options` run out first it rejects, and goes on in the background.
   */
  async release(options: WaitOptions = {}): Promise<void> {
    const budget = new WaitBudget(this.#client, options, `release ${this.paths.join(', ')}`);
    this.#released ??= this.#release();
    return budget.settle(this.#released, 0);
  }

  /** `release()`, for `await using`: of all of them. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  async #release(): Promise<void> {
    const ended = await Promise.allSettled([...this.holds].reverse().map((hold) => hold.release()));
    for (const leave of this.#leave) leave();
    const failed = ended.find((each) => each.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }
}
