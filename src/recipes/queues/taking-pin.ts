import { OutcomeUnknownError, TransactionError } from '../../client/errors.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import { Backoff } from '../../client/support/backoff.js';
import { isRetryable, retry } from '../../client/support/retry.js';
import type { WaitBudget } from '../../client/support/wait-budget.js';
import type { Acl } from '../../protocol/acl.js';
import { childOf } from '../../protocol/paths.js';
import { claim } from '../support/claim.js';
import { isUncertain } from '../support/marked-commit.js';
import { isOfThisSession, removeOwnNode } from '../support/own-node.js';
import type { OwnNode } from '../support/own-node.js';

export interface PinRequest {
  readonly queuePath: string;
  readonly acl: readonly Acl[] | undefined;
  readonly parentAcl: readonly Acl[] | undefined;
}

/** What is to be taken, as it was read while the pin stood. */
export interface PinnedElement {
  readonly path: string;
  readonly data: Buffer;
  readonly version: number;
}

/** `missing`: the element is gone, or another one by now. `unpinned`: nothing was taken, and the pin is gone. */
export type TakeOutcome = 'taken' | 'missing' | 'unpinned';

const NOTHING = Buffer.alloc(0);

/**
 * An ephemeral node beside the elements of a queue, from before one is read until it is taken. While it stands, the
 * container is not empty and cannot be collected; numbers do not begin anew, and what was read under a name is what
 * is deleted under it. It goes in the very transaction that takes the element, so that it is the proof as well: where
 * it is missing while its session lives, the element was taken, whatever answer got lost.
 */
export class TakingPin {
  readonly #client: KeeperClient;
  readonly #budget: WaitBudget;
  readonly #node: OwnNode;
  /** An attempt was made whose outcome is not known. */
  #isUncertain = false;
  #isGone = false;

  private constructor(client: KeeperClient, budget: WaitBudget, node: OwnNode) {
    this.#client = client;
    this.#budget = budget;
    this.#node = node;
  }

  /** When it rejects, none is left. */
  static async put(client: KeeperClient, budget: WaitBudget, request: PinRequest): Promise<TakingPin> {
    const { queuePath, ...acls } = request;
    for (;;) {
      const path = childOf(queuePath, `taking-${client.runtime.random.uuid()}`);
      const outcome = await claim(client, budget, { path, data: NOTHING, ...acls });
      if (outcome.kind === 'ours') return new TakingPin(client, budget, outcome.node);
      // Of a session that has ended since.
    }
  }

  /** Deletes the element. Rejects with an OutcomeUnknownError when the session or the budget ended before the answer. */
  async take(element: PinnedElement): Promise<TakeOutcome> {
    const backoff = new Backoff(this.#client);
    try {
      for (;;) {
        // While there is none, the transaction would wait for the next session, in which the pin is no proof.
        await retry(this.#client, this.#budget, (wait) => this.#client.connected(wait));
        const outcome = await this.#attempt(element);
        if (outcome === 'taken' || outcome === 'unpinned') this.#isGone = true;
        if (outcome !== 'again') return outcome;
        await backoff.wait(this.#budget.signal);
      }
    } catch (cause) {
      if (!this.#isUncertain) throw cause;
      const { path, data } = element;
      throw new OutcomeUnknownError({ path, op: 'delete', attempted: data, cause });
    }
  }

  /** If it still stands. Nobody waits for it: it hangs on the session as well. */
  remove(): void {
    if (!this.#isGone) void removeOwnNode(this.#client, this.#node);
  }

  /** May be repeated: it takes the pin along, so that only one attempt can be carried out. */
  async #attempt({ path, version }: PinnedElement): Promise<TakeOutcome | 'again'> {
    const both = this.#client.transaction().delete(this.#node.path).delete(path, { version });
    try {
      await both.commit({ signal: this.#budget.signal });
      return 'taken';
    } catch (error) {
      if (error instanceof TransactionError) return this.#refused(error);
      if (isUncertain(error, this.#budget)) this.#isUncertain = true;
      else if (!isRetryable(error)) throw error;
      this.#budget.throwIfSpent();
      return 'again';
    }
  }

  #refused(error: TransactionError): TakeOutcome {
    if (error.index === 0) {
      if (!this.#isUncertain) return 'unpinned';
      if (isOfThisSession(this.#client, this.#node)) return 'taken';
      throw error;
    }
    // The pin stood: no earlier attempt was carried out, and none will be.
    this.#isUncertain = false;
    if (error.code === 'NO_NODE' || error.code === 'BAD_VERSION') return 'missing';
    throw error;
  }
}
