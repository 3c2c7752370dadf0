import { BadArgumentsError } from '../../client/errors.js';
import type { WaitOptions } from '../../client/client-options.js';
import type { CheckSpec } from '../../client/operation-types.js';
import type { Transaction } from '../../client/transaction-types.js';
import { onAbort } from '../../client/on-abort.js';
import { openController } from '../../client/open-controller.js';
import type { Zxid } from '../../protocol/zxid.js';
import { checkOfClaim } from '../support/check-of-claim.js';
import { LockLostError } from '../support/lock-lost-error.js';
import { WaitBudget } from '../../client/support/wait-budget.js';
import type { ClaimedNode } from './claimed-node.js';
import type { QueueSpace } from './queue-space.js';

/** How an item is settled. */
export interface AckOptions extends WaitOptions {
  /**
   * Adds to the transaction that takes the item out of the queue: all of it happens, or nothing does. An effect that stands
   * in the same tree thereby happens exactly once. Called again when an attempt has to be repeated.
   */
  readonly also?: ((transaction: Transaction) => Transaction) | undefined;
}

/** How an item is given back. */
export interface NackOptions extends WaitOptions {
  /**
   * Ms before it is to be delivered again. In a DistributedDelayQueue the item carries it; in any other queue this client
   * keeps the claim for so long, and if its session ends the item comes back earlier. Default 0.
   */
  readonly delayMs?: number | undefined;
}

export interface QueueItemSpec<T> {
  readonly node: ClaimedNode;
  /** Which of the node's payloads it is. */
  readonly at: number;
  readonly value: T;
  /** It is out of the queue already. */
  readonly isTaken: boolean;
}

/**
 * One item of a queue, in the hands of one consumer. It must be told what became of it: `ack()` takes it out of the queue,
 * `nack()` puts it back at the end, `release()` leaves it where it is. `await using item` is a nack, unless something else
 * was said before.
 *
 * It is a hold, as of a lock: when the session may be over, `signal` aborts before another consumer gets the item.
 * Whatever is said of it afterwards rejects with a {@link LockLostError}.
 */
export class QueueItem<T> implements AsyncDisposable {
  readonly value: T;
  /** Of the item's node, such as `queue-0000000007`. Several items may come from one node. */
  readonly name: string;
  /** The znode that stands for this hold: the claim. */
  readonly path: string;
  /** Fencing token: whoever gets the same item later has a larger one. */
  readonly token: Zxid;
  readonly sessionId: bigint;
  /** Aborts when the item is lost, or settled; the reason is a {@link LockLostError} that says which. */
  readonly signal: AbortSignal;
  readonly #space: QueueSpace;
  readonly #spec: QueueItemSpec<T>;
  readonly #controller = openController();
  readonly #leave: () => void;
  #settling: Promise<void> | null = null;
  /** What {@link #settling} is about. */
  #said = 'ack';

  /** @internal A queue makes them. */
  constructor(space: QueueSpace, spec: QueueItemSpec<T>) {
    const { node, value, isTaken } = spec;
    this.#space = space;
    this.#spec = spec;
    this.value = value;
    this.name = node.name;
    this.path = node.grant.node.path;
    this.token = node.grant.node.czxid;
    this.sessionId = node.grant.node.session.id;
    this.signal = this.#controller.signal;
    const { signal } = node.grant;
    this.#leave = isTaken ? () => undefined : onAbort(signal, () => this.#controller.abort(signal.reason));
    if (isTaken) this.#settling = Promise.resolve();
  }

  /** True while no other consumer can have it: not once a `nack()` is on its way. Looks at the clock at the time of the call. */
  isHeld(): boolean {
    const isGoingBack = this.#settling !== null && this.#said === 'nack';
    return this.#isInHand() && !isGoingBack;
  }

  /** Ms that `isHeld()` stays true even if no server ever answers again; 0 when it is over. */
  remainingMs(): number {
    return this.isHeld() ? this.#spec.node.grant.remainingMs() : 0;
  }

  /**
   * For another transaction of the same client: `transaction.check(...item.checkOp())` refuses it unless the item is still held
   * when it is committed. `commit` rejects with a LockLostError then: the next consumer's claim has the same path.
   */
  checkOp(): [path: string, spec: CheckSpec] {
    return checkOfClaim(this, () => {
      if (!this.isHeld()) this.signal.throwIfAborted();
    });
  }

  /** A transaction that is refused as a whole unless the item is still held. It does not settle the item. */
  transaction(): Transaction {
    return this.#space.client.transaction().check(...this.checkOp());
  }

  /**
   * Takes it out of the queue. Resolves when that is done, whatever answers get lost on the way. Rejects with a
   * LockLostError when somebody else has it or will have it; with an OutcomeUnknownError when the session ended before there
   * was an answer; with a TransactionError when `also` was refused: then it is still in hand. A second call waits for the first; after a
   * `nack()` or `release()` it rejects with a LockLostError.
   */
  async ack({ also, ...wait }: AckOptions = {}): Promise<void> {
    await this.#settle('ack', wait, () => this.#spec.node.settle(this.#spec.at, { successor: null, also }));
    // It was given back before: somebody else will have it.
    if (this.#said !== 'ack') this.signal.throwIfAborted();
  }

  /**
   * Puts it back, at the end of the queue; where items have a priority, a due time or an id, it keeps that. After an `ack()`,
   * or when the item is lost, it does nothing.
   */
  async nack({ delayMs = 0, ...wait }: NackOptions = {}): Promise<void> {
    if (!(typeof delayMs === 'number' && delayMs >= 0)) {
      throw new BadArgumentsError({ message: `delayMs is ${delayMs}; it must be a number of ms, 0 or more` });
    }
    await this.#giveBack('nack', wait, () => this.#putBack(delayMs));
  }

  /** Leaves it where it is, to be delivered to anybody at once. After an `ack()`, or when it is lost, it does nothing. */
  async release(options: WaitOptions = {}): Promise<void> {
    await this.#giveBack('release', options, () => this.#spec.node.leave(this.#spec.at));
  }

  /** `nack()`, for `await using`: what was not acked by then goes back into the queue. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.nack();
  }

  async #giveBack(what: string, wait: WaitOptions, work: () => Promise<void>): Promise<void> {
    try {
      await this.#settle(what, wait, work);
    } catch (error) {
      // It goes back by itself.
      if (!(error instanceof LockLostError)) throw error;
    }
  }

  /** What was said first counts. It goes on when the wait for it ends early. */
  async #settle(what: string, wait: WaitOptions, work: () => Promise<void>): Promise<void> {
    const budget = new WaitBudget(this.#space.client, wait, `${what} ${this.name}`);
    if (this.#settling === null) {
      this.#said = what;
      this.#settling = this.#run(work);
    }
    return budget.settle(this.#settling, 0);
  }

  async #run(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.#end();
    } catch (error) {
      // It is still in hand, unless it is lost: something else may be said of it.
      if (this.#isInHand()) this.#settling = null;
      throw error;
    }
  }

  #isInHand(): boolean {
    return this.#spec.node.grant.isHeld() && !this.signal.aborted;
  }

  async #putBack(delayMs: number): Promise<void> {
    const { client, names } = this.#space;
    const { node, at } = this.#spec;
    const isTimed = names.keepsTime;
    const dueMs = isTimed && delayMs > 0 ? Math.ceil(client.runtime.clock.wallMs() + delayMs) : null;
    const settlement = { successor: names.successorOf(this.name, dueMs), also: undefined };
    if (isTimed || delayMs === 0) return node.settle(at, settlement);
    client.runtime.timers.afterUnref(delayMs, () => {
      node.settle(at, settlement).catch((error: unknown) => {
        if (!(error instanceof LockLostError)) this.#space.tell(error);
      });
    });
  }

  #end(): void {
    this.#leave();
    if (this.signal.aborted) return;
    const { path, token } = this;
    this.#controller.abort(new LockLostError({ reason: 'released', path, token }));
  }
}
