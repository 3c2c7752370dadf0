import type { WaitOptions } from '../../client/client-options.js';
import type { CheckSpec } from '../../client/operation-types.js';
import type { Transaction } from '../../client/transaction-types.js';
import { onAbort } from '../../client/on-abort.js';
import { openController } from '../../client/open-controller.js';
import type { Zxid } from '../../protocol/zxid.js';
import type { Grant } from './grant.js';
import { LockLostError } from './lock-lost-error.js';
import type { LossReason } from './lock-lost-error.js';
import { WaitBudget } from '../../client/support/wait-budget.js';

/**
 * Something held: a lock, until it is released or lost. May be passed around and released from anywhere.
 *
 * Losing it is not an error that is thrown: `signal` aborts, *before* a server can let anybody else in. Only a process
 * that does not run (stopped, or busy in one long computation) is not told in time; it finds `isHeld()` false at the
 * first look, and whatever it writes with its old `token` can be refused.
 */
export class Hold implements AsyncDisposable {
  /** The znode that stands for this hold. */
  readonly path: string;
  /**
   * Fencing token: each later holder has a larger one. Give it to whatever the lock protects, and let that refuse every
   * write whose token is smaller than one it has seen.
   */
  readonly token: Zxid;
  /** Session that the hold hangs on. */
  readonly sessionId: bigint;
  readonly #grant: Grant;
  #controller: AbortController | null = null;
  #leave: () => void = () => undefined;
  #isReleased = false;
  /** Released while its grant goes on: others of its owner are still in. */
  #hasLeftOthers = false;
  #released: Promise<void> | null = null;

  /** @internal A recipe makes them. */
  constructor(grant: Grant) {
    this.#grant = grant;
    this.path = grant.node.path;
    this.token = grant.token;
    this.sessionId = grant.node.session.id;
    grant.enter();
  }

  /** Aborts when the hold ends, by loss or by release; the reason is a {@link LockLostError} that says which. */
  get signal(): AbortSignal {
    return this.#ends.signal;
  }

  /** Made when somebody looks: a release that nobody listens for is to cost no signal and no error. */
  get #ends(): AbortController {
    if (this.#controller !== null) return this.#controller;
    const grant = this.#grant;
    const controller = openController();
    this.#controller = controller;
    if (this.#hasLeftOthers) controller.abort(this.#lost('released'));
    else this.#leave = onAbort(grant.signal, (reason) => controller.abort(reason));
    return controller;
  }

  /** Aborts when somebody asks for the lock back (acquired with `revocable`). Nothing is released by itself. */
  get revokeRequested(): AbortSignal {
    return this.#grant.revokeRequested;
  }

  /** True while nobody else can hold it. Looks at the clock at the time of the call, and aborts `signal` when late. */
  isHeld(): boolean {
    return this.#grant.isHeld() && !this.#isReleased;
  }

  /** Ms that `isHeld()` stays true even if no server ever answers again; 0 when the hold has ended. */
  remainingMs(): number {
    return this.isHeld() ? this.#grant.remainingMs() : 0;
  }

  /** Throws a {@link LockLostError} unless `isHeld()`. */
  assertHeld(): void {
    if (!this.isHeld()) this.signal.throwIfAborted();
  }

  /**
   * Asks the server whether the node of this hold is still there: one round trip. The only thing that `isHeld()` cannot
   * know is that somebody deleted the node by hand. Rejects when no server answers.
   */
  async verify(): Promise<boolean> {
    return (await this.#grant.verify()) && this.isHeld();
  }

  /**
   * A transaction that is refused as a whole, with a TransactionError at index 0, if this hold's node is gone when the
   * server applies it. The airtight guard for data kept beside the lock.
   */
  transaction(): Transaction {
    return this.#grant.client.transaction().check(...this.checkOp());
  }

  /** The guard of {@link transaction}, for one made elsewhere: `transaction.check(...hold.checkOp())`. */
  checkOp(): [path: string, spec: CheckSpec] {
    this.assertHeld();
    // Any version: a request to revoke writes to the node.
    return [this.path, {}];
  }

  /**
   * Gives it back. Resolves when the server has confirmed it, or when the session is over; at once if the hold was lost
   * before. Calling it again does nothing more. When `options` run out first it rejects, and goes on in the background.
   */
  async release(options: WaitOptions = {}): Promise<void> {
    const budget = new WaitBudget(this.#grant.client, options, `release ${this.path}`);
    this.#released ??= this.#exit();
    return budget.settle(this.#released, 0);
  }

  /** `release()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  /** Tells the holder to stop, and gives nothing back yet: a recipe that ends a hold waits for its holder first. */
  protected askToStop(): void {
    this.#ends.abort(this.#lost('interrupted'));
  }

  #exit(): Promise<void> {
    this.#isReleased = true;
    // The last one out ends the grant, and with it this signal.
    const exited = this.#grant.exit();
    this.#leave();
    this.#hasLeftOthers = !this.#grant.hasEnded;
    if (this.#hasLeftOthers) this.#controller?.abort(this.#lost('released'));
    return exited;
  }

  #lost(reason: LossReason): LockLostError {
    return new LockLostError({ reason, path: this.path, token: this.token });
  }
}
