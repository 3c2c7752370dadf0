import type { KeeperClient } from '../../client/keeper-client.js';
import { NoNodeError } from '../../client/errors.js';
import type { WatchEvent } from '../../client/watch-event.js';
import type { WatchHandle } from '../../client/watch-handle.js';
import { Backoff } from '../../client/support/backoff.js';
import { Grant } from '../support/grant.js';
import type { GrantOptions } from '../support/grant.js';
import { LockLostError } from '../support/lock-lost-error.js';
import { orAbort } from '../../client/support/or-abort.js';
import { isOfThisSession } from '../support/own-node.js';
import type { OwnNode } from '../support/own-node.js';
import { retry } from '../../client/support/retry.js';
import { WaitBudget } from '../../client/support/wait-budget.js';
import type { ReadyNode } from './ready-node.js';

export interface BarrierEntrySpec {
  readonly ready: ReadyNode;
  readonly memberCount: number;
  readonly grant: GrantOptions;
}

/** One member's wait, from its node to the beginning of the round. */
export class BarrierEntry {
  readonly #client: KeeperClient;
  readonly #budget: WaitBudget;
  readonly #spec: BarrierEntrySpec;

  constructor(client: KeeperClient, budget: WaitBudget, spec: BarrierEntrySpec) {
    this.#client = client;
    this.#budget = budget;
    this.#spec = spec;
  }

  /** Resolves when the round has begun with this member in it. Rejects with a LockLostError when its node is gone. */
  async wait(node: OwnNode): Promise<Grant> {
    await this.#gatherInSession(node);
    for (;;) {
      const grant = new Grant(this.#client, { node, revocation: null }, this.#spec.grant);
      if (grant.isHeld()) {
        if (this.#budget.commit()) return grant;
        grant.end('released');
        this.#budget.throwIfSpent();
      }
      this.#assertAlive(node);
      await retry(this.#client, this.#budget, (wait) => this.#client.sync(node.path, wait));
    }
  }

  /** A read that is under way when the session ends would wait for the next one, in which this member is out. */
  async #gatherInSession(node: OwnNode): Promise<void> {
    const signal = AbortSignal.any([this.#budget.signal, node.session.signal]);
    const steps = new WaitBudget(this.#client, { signal }, `enter with ${node.path}`);
    try {
      await steps.settle(this.#gather(node, steps));
    } catch (error) {
      this.#budget.throwIfSpent();
      this.#assertAlive(node);
      throw error;
    }
  }

  async #gather(node: OwnNode, steps: WaitBudget): Promise<void> {
    const { ready } = this.#spec;
    const backoff = new Backoff(this.#client);
    for (;;) {
      // The watch first, and then the list: a member who comes after it makes `ready`, or sees that another has.
      const { stat, watch } = await ready.watch(steps);
      try {
        this.#assertAlive(node);
        if (stat === null) {
          if (await this.#isComplete(node, steps)) return;
          // That it was made is proof, though it may be gone again: it was while this member was in.
          if ((await this.#sleep(watch, steps)) === 'created') return;
        } else {
          if (stat.czxid > node.czxid) return;
          // Made before this member came: somebody of that round is still in, and lets it in late, or nobody is.
          if (!(await ready.isStale(stat.czxid, steps))) return;
          await ready.remove(stat, steps);
          await backoff.wait(steps.signal);
        }
      } finally {
        void watch.close();
      }
    }
  }

  /** Counts the members, once this one is in: the last to come sees all, and tells the others. */
  async #isComplete(node: OwnNode, steps: WaitBudget): Promise<boolean> {
    const { ready, memberCount } = this.#spec;
    const members = await ready.members(steps);
    this.#assertAlive(node);
    if (!members.includes(node.name)) throw lost(node, 'node-deleted');
    this.#budget.noteProgress(() => `${members.length} of ${memberCount} are in`);
    if (members.length < memberCount) return false;
    try {
      await ready.make(steps);
    } catch (error) {
      if (!(error instanceof NoNodeError)) throw error;
      throw lost(node, 'node-deleted');
    }
    return true;
  }

  /**
   * Until there may be something new, or a session timeout has passed: a member that saw all the others may have failed to
   * tell, and then somebody else has to.
   */
  async #sleep(watch: WatchHandle, steps: WaitBudget): Promise<WatchEvent['type'] | 'perhaps'> {
    const { timers } = this.#client.runtime;
    let wake: () => void = () => undefined;
    const woken = new Promise<'perhaps'>((resolve) => (wake = () => resolve('perhaps')));
    const timer = timers.after(this.#client.negotiatedTimeoutMs, wake);
    const stateChanged = (): void => {
      if (this.#client.state === 'connected') wake();
    };
    this.#client.on('stateChanged', stateChanged);
    try {
      const fired = watch.fired.then(({ type }) => type);
      return await orAbort(Promise.race([fired, woken]), steps.signal);
    } finally {
      timer.cancel();
      this.#client.off('stateChanged', stateChanged);
    }
  }

  #assertAlive(node: OwnNode): void {
    if (!isOfThisSession(this.#client, node)) throw lost(node, 'session-over');
  }
}

function lost({ path, czxid }: OwnNode, reason: 'session-over' | 'node-deleted'): LockLostError {
  return new LockLostError({ reason, path, token: czxid });
}
