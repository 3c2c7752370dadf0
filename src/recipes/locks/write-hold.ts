import type { WaitOptions } from '../../client/client-options.js';
import type { Grant } from '../support/grant.js';
import { Hold } from '../support/hold.js';
import { orAbort } from '../../client/support/or-abort.js';
import { WaitBudget } from '../../client/support/wait-budget.js';
import { LockAttempt } from './lock-attempt.js';
import type { Entry } from './lock-attempt.js';
import { placeOfWriter } from './read-write-rules.js';
import type { ReadWriteSetup } from './read-write-rules.js';

const NOTHING = Buffer.alloc(0);

/** The write half of a read/write lock, until it is released, lost or downgraded. */
export class WriteHold extends Hold {
  readonly #grant: Grant;
  readonly #owner: unknown;
  readonly #setup: ReadWriteSetup;

  /** @internal The write lock makes it. */
  constructor(grant: Grant, owner: unknown, setup: ReadWriteSetup) {
    super(grant);
    this.#grant = grant;
    this.#owner = owner;
    this.#setup = setup;
  }

  /**
   * Becomes a reader, with no writer in between: resolves to a hold of the read lock, and this hold is released. Waiting
   * readers get in as well. An `owner` that has entered the write lock several times keeps it until its other holds are
   * released too.
   *
   * The new hold has the `token` of this one, for what was written under it; it cannot be revoked. Rejects with a
   * LockLostError when this hold is lost: on LOST, at its deadline, or when its node turns out to be gone. Rejects with a
   * TimeoutError or the signal's reason when `options` run out, and then this hold goes on. A connection that breaks in the
   * middle is waited for.
   */
  async downgrade(options: WaitOptions = {}): Promise<Hold> {
    const budget = new WaitBudget(this.#grant.client, options, `downgrade ${this.path}`);
    return budget.settle(this.#downgrade(budget));
  }

  async #downgrade(budget: WaitBudget): Promise<Hold> {
    const reader = new Hold(await this.#read(budget));
    try {
      await orAbort(this.release(), budget.signal);
    } catch (error) {
      // It is a reader by now; the server learns in the background that it is no writer any more.
      if (budget.signal.aborted) return reader;
      await reader.release().catch(() => undefined);
      throw error;
    }
    // Giving the write half back may have taken until the session was over.
    if (!reader.isHeld()) await reader.release();
    reader.signal.throwIfAborted();
    return reader;
  }

  async #read(budget: WaitBudget): Promise<Grant> {
    this.assertHeld();
    const owner = this.#owner;
    const { readers } = this.#setup;
    if (owner === undefined) return this.#join(budget);
    return readers.gates.pass(owner, budget, async () => {
      const held = readers.of(owner);
      if (held !== null && budget.commit()) return held;
      const grant = await this.#join(budget);
      readers.remember(owner, grant);
      return grant;
    });
  }

  async #join(budget: WaitBudget): Promise<Grant> {
    const { line, options } = this.#setup;
    const { data = NOTHING, acl, parentAcl } = options;
    const { client } = this.#grant;
    const place = placeOfWriter(client, budget, this.#grant);
    const entry = async (): Promise<Entry> => (await place()) ?? this.#lost();
    const spec = { line, entry, data, acl, parentAcl, isRevocable: false, grant: options };
    const grant = await new LockAttempt(client, budget, spec).run('wait');
    if (grant === null) throw new Error(`${this.path}: a wait ended with neither a lock nor an error`);
    return grant;
  }

  #lost(): never {
    throw this.signal.reason;
  }
}
