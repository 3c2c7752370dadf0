import { BadArgumentsError, OutcomeUnknownError, TransactionError } from '../../client/errors.js';
import type { Transaction } from '../../client/transaction-types.js';
import { onAbort } from '../../client/on-abort.js';
import { Mutex } from 'async-mutex';
import { Backoff } from '../../client/support/backoff.js';
import type { Grant } from '../support/grant.js';
import { LockLostError } from '../support/lock-lost-error.js';
import { isUncertain } from '../support/marked-commit.js';
import { isOfThisSession } from '../support/own-node.js';
import { isRetryable, retry } from '../../client/support/retry.js';
import { WaitBudget } from '../../client/support/wait-budget.js';
import { encodeItems } from './item-format.js';
import type { QueueSpace } from './queue-space.js';

export interface ClaimedContent {
  readonly name: string;
  /** Of the claim. */
  readonly grant: Grant;
  readonly payloads: readonly Buffer[];
  /** Of the item's node. */
  readonly version: number;
}

/** What becomes of one payload of the node. */
export interface Settlement {
  /** Of the item that it is put back as; null: it is done with. */
  readonly successor: string | null;
  /** What the user wants to happen with it, or not at all. */
  readonly also: ((transaction: Transaction) => Transaction) | undefined;
}

/** `left`: to be found by the next consumer where it was. */
type Fate = 'open' | 'settled' | 'left';

/** The claim is deleted, or only checked, by the first operation; what is behind the item's is the user's. */
const CLAIM_OP = 0;
const ITEM_OP = 1;

/**
 * An item's node that this client has claimed. It may hold several payloads: each is settled by itself, by writing the
 * node without it; with the last one the node goes, and the claim with it.
 */
export class ClaimedNode {
  readonly name: string;
  readonly grant: Grant;
  readonly #space: QueueSpace;
  readonly #payloads: readonly Buffer[];
  readonly #fates: Fate[];
  /** One transaction at a time: each stands on the version that the one before has made. */
  readonly #gate = new Mutex();
  #version: number;

  constructor(space: QueueSpace, { name, grant, payloads, version }: ClaimedContent) {
    this.name = name;
    this.grant = grant;
    this.#space = space;
    this.#payloads = payloads;
    this.#fates = payloads.map(() => 'open');
    this.#version = version;
    grant.enter();
    // A claim that cannot be relied on any more may live on with its session, and would keep the item from everybody.
    onAbort(grant.signal, (reason) => {
      if (!(reason instanceof LockLostError) || reason.reason !== 'released') grant.abandon();
    });
  }

  /** Resolves when it is certain. Rejects with a TransactionError when `also` was refused: then nothing has happened. */
  settle(at: number, settlement: Settlement): Promise<void> {
    return this.#gate.runExclusive(() => this.#settle(at, settlement));
  }

  /** Gives a payload back as it is. */
  leave(at: number): Promise<void> {
    return this.#gate.runExclusive(async () => {
      this.#fates[at] = 'left';
      if (!this.#fates.includes('open')) await this.grant.exit();
    });
  }

  /** Gives the whole node back. */
  leaveAll(): Promise<void> {
    return this.#gate.runExclusive(() => this.grant.exit());
  }

  /** All payloads at once are done with. */
  finish(): Promise<void> {
    return this.#gate.runExclusive(() =>
      this.#commit([...this.#payloads.keys()], { successor: null, also: undefined }),
    );
  }

  async #settle(at: number, settlement: Settlement): Promise<void> {
    await this.#commit([at], settlement);
  }

  async #commit(settled: readonly number[], settlement: Settlement): Promise<void> {
    const { client } = this.#space;
    const fates = this.#fates.map((fate, at): Fate => (settled.includes(at) ? 'settled' : fate));
    const budget = new WaitBudget(client, {}, `settle ${this.name}`);
    const backoff = new Backoff(client);
    for (;;) {
      this.#assertHeld();
      // What `also` throws is no lost answer: it comes before anything is sent.
      const transaction = this.#transaction(settled, fates, settlement);
      try {
        await transaction.commit();
        break;
      } catch (error) {
        if (error instanceof TransactionError) throw this.#refusal(error);
        if (isUncertain(error, budget)) {
          if (await this.#isDone(budget, { fates, cause: error, attempted: this.#payloads[settled[0] ?? 0] })) break;
        } else if (!isRetryable(error)) {
          throw error;
        }
      }
      await backoff.wait();
    }
    this.#version = (this.#version + 1) | 0;
    fates.forEach((fate, at) => (this.#fates[at] = fate));
    if (!fates.includes('open')) this.grant.end('released');
  }

  #transaction(settled: readonly number[], fates: readonly Fate[], { successor, also }: Settlement): Transaction {
    const { client, options } = this.#space;
    const item = this.#space.itemPath(this.name);
    const claim = this.#space.claimPath(this.name);
    const kept = this.#payloads.filter((_, at) => fates[at] !== 'settled');
    const spec = { version: this.#version };
    const transaction = client.transaction();
    if (fates.includes('open')) transaction.check(claim);
    else transaction.delete(claim);
    if (kept.length > 0) transaction.setData(item, encodeItems(kept), spec);
    else transaction.delete(item, spec);
    if (successor !== null) {
      const payloads = this.#payloads.filter((_, at) => settled.includes(at));
      const mode = 'persistent-sequential';
      transaction.create(this.#space.itemPath(successor), encodeItems(payloads), { mode, acl: options.acl });
    }
    return also === undefined ? transaction : this.#with(also, transaction);
  }

  #with(also: (transaction: Transaction) => Transaction, transaction: Transaction): Transaction {
    const whole = also(transaction) as Transaction | null | undefined;
    if (typeof whole?.commit === 'function') return whole;
    const message = `also of ${this.name} must return the transaction that it was given`;
    throw new BadArgumentsError({ message, path: this.#space.itemPath(this.name) });
  }

  /** Whether the transaction was carried out whose answer is lost: the item can tell, as long as nobody else may write to it. */
  async #isDone(
    budget: WaitBudget,
    { fates, cause, attempted }: { fates: readonly Fate[]; cause: unknown; attempted: unknown },
  ): Promise<boolean> {
    const { client } = this.#space;
    const item = this.#space.itemPath(this.name);
    const claim = this.#space.claimPath(this.name);
    const [, claimed, found] = await retry(client, budget, (wait) =>
      Promise.all([client.sync(item, wait), client.exists(claim, wait), client.exists(item, wait)]),
    );
    const isUntouched = found.stat?.version === this.#version;
    const isLive = isOfThisSession(client, this.grant.node);
    // By its zxid: another consumer of this client may have claimed the item since, in the same session.
    const isClaimed = isLive && claimed.stat?.czxid === this.grant.node.czxid;
    if (isUntouched) {
      if (isClaimed) return false;
      // It is as it was: somebody else has it, or will.
      throw this.#lost();
    }
    // While we hold the claim, nobody else writes to the item; once it was given up, because the deadline had passed, the
    // item may have been settled by the next one.
    if (isClaimed && found.stat?.version === ((this.#version + 1) | 0)) return true;
    if (isLive && !isClaimed && !fates.includes('open') && !this.grant.signal.aborted) return true;
    throw new OutcomeUnknownError({ path: item, op: 'multi', attempted, cause });
  }

  /** The item or its claim is gone: an operator took them, or a Java consumer that claims nothing. */
  #refusal(error: TransactionError): unknown {
    if (error.index !== CLAIM_OP && error.index !== ITEM_OP) return error;
    this.grant.end('node-deleted');
    return this.#lost();
  }

  #assertHeld(): void {
    if (!this.grant.isHeld()) throw this.#lost();
  }

  #lost(): unknown {
    if (!this.grant.signal.aborted) {
      this.grant.end(isOfThisSession(this.#space.client, this.grant.node) ? 'node-deleted' : 'session-over');
    }
    return this.grant.signal.reason;
  }
}
