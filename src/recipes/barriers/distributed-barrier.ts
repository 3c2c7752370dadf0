import { BadArgumentsError, KeeperError, NodeExistsError, NoNodeError } from '../../client/errors.js';
import type { WaitOptions } from '../../client/client-options.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import type { NodeData } from '../../client/operation-types.js';
import type { WatchHandle } from '../../client/watch-handle.js';
import type { Acl } from '../../protocol/acl.js';
import { parentOf, pathFault } from '../../protocol/paths.js';
import type { Stat } from '../../protocol/stat.js';
import { Backoff } from '../../client/support/backoff.js';
import { createContainers } from '../support/create-containers.js';
import { orAbort } from '../../client/support/or-abort.js';
import { isRetryable, retry } from '../../client/support/retry.js';
import { WaitBudget } from '../../client/support/wait-budget.js';

/** What kind of node a barrier is set as. */
export interface DistributedBarrierOptions {
  /** Content of the node: a word for people who look. Default empty. */
  readonly data?: NodeData | undefined;
  /**
   * The barrier goes when the session of the client that set it ends. Default false, as Curator's: it stays until somebody
   * removes it, also when whoever set it is gone.
   */
  readonly ephemeral?: boolean | undefined;
  /** Of the node. Default: everybody may do everything. */
  readonly acl?: readonly Acl[] | undefined;
  /** Of parents that have to be made. Default: everybody may do everything. */
  readonly parentAcl?: readonly Acl[] | undefined;
}

/**
 * A gate for processes: while it is set, whoever waits on it waits; when it is removed, all pass. It is one znode, the same
 * as that of Curator's DistributedBarrier and kazoo's Barrier, so they can share it.
 *
 * A gate and not a turnstile: one that is removed and set again within moments may let nobody through. Through SUSPENDED and
 * LOST a wait goes on; an `ephemeral` barrier is gone when the session that set it is.
 */
export class DistributedBarrier {
  readonly path: string;
  readonly #client: KeeperClient;
  readonly #options: DistributedBarrierOptions;

  /** `path` is the barrier. */
  constructor(client: KeeperClient, path: string, options: DistributedBarrierOptions = {}) {
    const fault = path === '/' ? 'it must not be the root' : pathFault(path);
    if (fault !== null) throw new BadArgumentsError({ message: `path of a barrier: ${fault}`, path });
    this.path = path;
    this.#client = client;
    this.#options = options;
  }

  /**
   * Sets the barrier; one that is set already stays as it is. Asks until it is answered. When `options` run out first, the
   * barrier may be set or not: set it again, or remove it.
   */
  async setBarrier(options: WaitOptions = {}): Promise<void> {
    const budget = new WaitBudget(this.#client, options, `set the barrier ${this.path}`);
    await budget.settle(this.#set(budget), 0);
  }

  /**
   * Opens the barrier; one that is not set is open. Asks until it is answered, and never removes one that was set after this
   * call's own removal. When `options` run out first, the barrier may be open or not.
   */
  async removeBarrier(options: WaitOptions = {}): Promise<void> {
    const budget = new WaitBudget(this.#client, options, `remove the barrier ${this.path}`);
    await budget.settle(this.#remove(budget), 0);
  }

  /** Whether it is set, as the ensemble has it at some moment during this call. */
  async isSet(options: WaitOptions = {}): Promise<boolean> {
    const budget = new WaitBudget(this.#client, options, `look at the barrier ${this.path}`);
    return (await budget.settle(this.#stat(budget, { isSynced: true }), 0)) !== null;
  }

  /**
   * Resolves when the barrier is open: at once if it is not set. A barrier that was set before this call, by anybody, is
   * seen. Rejects with a TimeoutError or the signal's reason, and then its watch is gone.
   */
  async waitOnBarrier(options: WaitOptions = {}): Promise<void> {
    const budget = new WaitBudget(this.#client, options, `wait on the barrier ${this.path}`);
    await budget.settle(this.#wait(budget));
  }

  async #set(budget: WaitBudget): Promise<void> {
    const { data = '', ephemeral = false, acl, parentAcl } = this.#options;
    const mode = ephemeral ? 'ephemeral' : 'persistent';
    for (;;) {
      try {
        await retry(this.#client, budget, (wait) => this.#client.create(this.path, data, { mode, acl, ...wait }));
        return;
      } catch (error) {
        if (error instanceof NodeExistsError) return;
        if (!(error instanceof NoNodeError)) throw error;
        await createContainers(this.#client, budget, { path: parentOf(this.path), acl: parentAcl });
      }
    }
  }

  async #remove(budget: WaitBudget): Promise<void> {
    const backoff = new Backoff(this.#client);
    const before = await this.#stat(budget, { isSynced: false });
    if (before === null) return;
    let isUncertain = false;
    for (;;) {
      // A delete whose answer was lost may have been done, and somebody else may have set the barrier again. Or it is being
      // done, and the server does not know yet.
      if (isUncertain && (await this.#stat(budget, { isSynced: true }))?.czxid !== before.czxid) return;
      try {
        await this.#client.delete(this.path, { signal: budget.signal });
        return;
      } catch (error) {
        if (error instanceof NoNodeError) return;
        if (budget.isSpent || !isRetryable(error)) throw error;
        isUncertain = error instanceof KeeperError && error.ambiguous;
      }
      await backoff.wait(budget.signal);
    }
  }

  #stat(budget: WaitBudget, { isSynced }: { readonly isSynced: boolean }): Promise<Stat | null> {
    return retry(this.#client, budget, async (wait) => {
      const synced = isSynced ? this.#client.sync(this.path, wait) : undefined;
      const [{ stat }] = await Promise.all([this.#client.exists(this.path, wait), synced]);
      return stat;
    });
  }

  async #wait(budget: WaitBudget): Promise<void> {
    let watch = await this.#look(budget, { isFirst: true });
    while (watch !== null) {
      try {
        budget.noteProgress(() => 'it is set');
        await orAbort(watch.fired, budget.signal);
      } finally {
        await watch.close();
      }
      watch = await this.#look(budget, { isFirst: false });
    }
    budget.commit();
  }

  /** Null when the barrier is open. getData and not exists: on a node that is not there it leaves no watch. */
  async #look(budget: WaitBudget, { isFirst }: { readonly isFirst: boolean }): Promise<WatchHandle | null> {
    // Not cut short by the signal: it is known then whether there is a watch to remove.
    return retry(this.#client, budget, async () => {
      // This server may not have heard yet of a barrier that was set before; both requests travel together.
      const synced = isFirst ? this.#client.sync(this.path) : null;
      synced?.catch(() => undefined);
      try {
        const { watch } = await this.#client.getData(this.path, { watch: true });
        await synced?.catch((error: unknown) => {
          void watch.close();
          throw error;
        });
        return watch;
      } catch (error) {
        if (!(error instanceof NoNodeError)) throw error;
        await synced;
        return null;
      }
    });
  }
}
