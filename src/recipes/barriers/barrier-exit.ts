import { KeeperError, NoNodeError } from '../../client/errors.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import { childOf, nameOf, parentOf } from '../../protocol/paths.js';
import type { Hold } from '../support/hold.js';
import { LockLostError } from '../support/lock-lost-error.js';
import { orAbort } from '../../client/support/or-abort.js';
import { retry } from '../../client/support/retry.js';
import type { WaitBudget } from '../../client/support/wait-budget.js';
import type { ReadyNode } from './ready-node.js';

/**
 * One member's way out. It waits for those who are in when it wants to leave, and for nobody who comes later: that one is of
 * the next round, which cannot begin without this member.
 */
export class BarrierExit {
  readonly #client: KeeperClient;
  readonly #budget: WaitBudget;
  readonly #ready: ReadyNode;

  constructor(client: KeeperClient, budget: WaitBudget, ready: ReadyNode) {
    this.#client = client;
    this.#budget = budget;
    this.#ready = ready;
  }

  /** Resolves when everybody who was in has left, or died. However it ends, the member's own node is gone, or going. */
  async run(member: Hold): Promise<void> {
    try {
      const others = await this.#others(member);
      const name = nameOf(member.path);
      if ([...others].some((other) => other < name)) {
        await member.release();
        await this.#waitFor(others, { next: lowest, goneSince: this.#client.lastZxidSeen });
        await this.#ready.sweep(this.#budget);
      } else {
        // The first by name goes last: who comes back for the next round finds nothing of this one.
        await this.#waitFor(others, { next: highest, goneSince: null });
        await this.#close(member);
      }
      this.#budget.commit();
    } finally {
      await member.release();
    }
  }

  async #others(member: Hold): Promise<Set<string>> {
    member.assertHeld();
    const present = new Set(await this.#ready.members(this.#budget));
    member.assertHeld();
    if (present.delete(nameOf(member.path))) return present;
    throw new LockLostError({ reason: 'node-deleted', path: member.path, token: member.token });
  }

  /** Watches one of them at a time. `goneSince`: a node made after this zxid is of the next round, whatever its name. */
  async #waitFor(
    others: Set<string>,
    { next, goneSince }: { readonly next: (names: readonly string[]) => string; readonly goneSince: number | null },
  ): Promise<void> {
    for (;;) {
      const present = new Set(await this.#ready.members(this.#budget));
      const left = [...others].filter((name) => present.has(name));
      if (left.length === 0) return;
      const name = next(left);
      this.#budget.noteProgress(() => `${left.length} are still in`);
      if (await this.#sleep(name, goneSince)) others.delete(name);
    }
  }

  /** Until the node may be gone. True when it has to be waited for no longer, though it is there. */
  async #sleep(name: string, goneSince: number | null): Promise<boolean> {
    const path = childOf(parentOf(this.#ready.path), name);
    try {
      const read = (wait: { signal: AbortSignal }) => this.#client.getData(path, { watch: true, ...wait });
      const { stat, watch } = await retry(this.#client, this.#budget, read);
      try {
        if (goneSince !== null && stat.czxid > goneSince) return true;
        await orAbort(watch.fired, this.#budget.signal);
      } finally {
        await watch.close();
      }
    } catch (error) {
      if (!(error instanceof NoNodeError)) throw error;
    }
    return false;
  }

  /** The last one out takes `ready` with it, in one: nobody can come in between. */
  async #close(member: Hold): Promise<void> {
    try {
      await this.#client
        .transaction()
        .delete(member.path)
        .delete(this.#ready.path)
        .commit({ signal: this.#budget.signal });
    } catch (error) {
      if (this.#budget.isSpent || !(error instanceof KeeperError)) throw error;
      await member.release();
      await this.#ready.sweep(this.#budget);
    }
  }
}

function lowest(names: readonly string[]): string {
  return names.reduce((a, b) => (b < a ? b : a));
}

function highest(names: readonly string[]): string {
  return names.reduce((a, b) => (b > a ? b : a));
}
