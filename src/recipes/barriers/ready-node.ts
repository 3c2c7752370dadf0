import { BadVersionError, NodeExistsError, NoNodeError } from '../../client/errors.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import type { WatchHandle } from '../../client/watch-handle.js';
import type { Acl } from '../../protocol/acl.js';
import { childOf } from '../../protocol/paths.js';
import type { Stat } from '../../protocol/stat.js';
import type { Zxid } from '../../protocol/zxid.js';
import { isRetryable, retry } from '../../client/support/retry.js';
import type { WaitBudget } from '../../client/support/wait-budget.js';

/** Name of the node that says that a round has begun. Everything else below the barrier's path is a member. */
export const READY = 'ready';

/** Reads in one request: the answers must fit into a frame. */
const BATCH = 500;

export interface ReadyNodeSpec {
  /** Of the barrier. */
  readonly parent: string;
  readonly data: Buffer;
  readonly acl: readonly Acl[] | undefined;
}

/** The node `ready` of a double barrier, and the members that it is about. */
export class ReadyNode {
  readonly path: string;
  readonly #client: KeeperClient;
  readonly #spec: ReadyNodeSpec;

  constructor(client: KeeperClient, spec: ReadyNodeSpec) {
    this.#client = client;
    this.#spec = spec;
    this.path = childOf(spec.parent, READY);
  }

  /** With a watch on its creation, or on what becomes of it. */
  watch(budget: WaitBudget): Promise<{ readonly stat: Stat | null; readonly watch: WatchHandle }> {
    return retry(this.#client, budget, (wait) => this.#client.exists(this.path, { watch: true, ...wait }));
  }

  /** Names of those who are in; empty when the path does not exist. */
  async members(budget: WaitBudget): Promise<string[]> {
    try {
      const { children } = await retry(this.#client, budget, (wait) =>
        this.#client.getChildren(this.#spec.parent, wait),
      );
      return children.filter((name) => name !== READY);
    } catch (error) {
      if (error instanceof NoNodeError) return [];
      throw error;
    }
  }

  /** Makes it; it may be there already. */
  async make(budget: WaitBudget): Promise<void> {
    const { data, acl } = this.#spec;
    try {
      await retry(this.#client, budget, (wait) => this.#client.create(this.path, data, { acl, ...wait }));
    } catch (error) {
      if (!(error instanceof NodeExistsError)) throw error;
    }
  }

  /**
   * Whether nobody is in who was in when it was made: it is left over from a round whose members have all gone, or died.
   * Whoever came later is no witness.
   */
  async isStale(czxid: Zxid, budget: WaitBudget): Promise<boolean> {
    const paths = (await this.members(budget)).map((name) => childOf(this.#spec.parent, name));
    for (let at = 0; at < paths.length; at += BATCH) {
      const batch = paths.slice(at, at + BATCH).map((path) => ({ type: 'getData', path }) as const);
      const results = await retry(this.#client, budget, (wait) => this.#client.multiRead(batch, wait));
      if (results.some((result) => result.type === 'getData' && result.stat.czxid < czxid)) return false;
    }
    return true;
  }

  /**
   * Removes a stale one, and never the one of a later round, which may be made at any moment: a write to it shows by its
   * czxid which of them it has met, and gives it a version that a later one does not have. Somebody else may do the same:
   * whatever comes of it, look again.
   */
  async remove(stale: Stat, budget: WaitBudget): Promise<void> {
    const wait = { signal: budget.signal };
    try {
      const met = await this.#client.setData(this.path, this.#spec.data, { version: stale.version, ...wait });
      if (met.czxid === stale.czxid) await this.#client.delete(this.path, { version: met.version, ...wait });
    } catch (error) {
      const isSettled = error instanceof NoNodeError || error instanceof BadVersionError || isRetryable(error);
      if (budget.isSpent || !isSettled) throw error;
    }
  }

  /** On the way out: takes away what nobody inside needs any more. */
  async sweep(budget: WaitBudget): Promise<void> {
    const { stat } = await retry(this.#client, budget, (wait) => this.#client.exists(this.path, wait));
    if (stat !== null && (await this.isStale(stat.czxid, budget))) await this.remove(stat, budget);
  }
}
