import type { KeeperClient } from '../../client/keeper-client.js';
import type { WatchHandle } from '../../client/watch-handle.js';
import { childOf } from '../../protocol/paths.js';
import { Grant } from '../support/grant.js';
import type { Contenders, Line } from '../support/line.js';
import { orAbort } from '../../client/support/or-abort.js';
import { isOfThisSession, removeOwnNode } from '../support/own-node.js';
import type { OwnNode } from '../support/own-node.js';
import { protectedCreate } from '../support/protected-create.js';
import { retry } from '../../client/support/retry.js';
import { contendersOf, placesUpTo } from '../support/sequencer.js';
import type { WaitBudget } from '../../client/support/wait-budget.js';
import type { LockOptions } from './contended-lock.js';
import { LockAttempt } from './lock-attempt.js';
import type { Patience } from './lock-attempt.js';
import { permitsChanged, valueOf } from './permits.js';
import type { PermitsSource } from './permits.js';

const NOTHING = Buffer.alloc(0);
const LOCK_NAME = 'lock-';

/** How a semaphore is laid out. */
export interface SemaphoreSpec {
  /** Who wants leases stands here. */
  readonly locks: Line;
  /** One child a lease. */
  readonly leases: Line;
  readonly permits: number | PermitsSource;
  readonly options: LockOptions;
}

/** What one look at the leases has shown. */
type Look = 'room' | 'full' | 'missing';

/**
 * One caller's way to `count` leases. Who wants any takes the inner lock first, and keeps it until it has all it wants: so
 * one caller at a time watches the leases, and no two have half of what they need. However it ends without leases, its
 * nodes are deleted and its watches are gone before the promise settles.
 *
 * A lease is granted when there is room for it and for all older ones. As long as the inner lock does its work that is
 * Curator's rule (no more leases than permits). It stays right when somebody has deleted a node of the inner lock by hand and
 * two are inside: then the older goes first, where by Curator's rule each would wait for the other.
 */
export class SemaphoreAttempt {
  readonly #client: KeeperClient;
  readonly #budget: WaitBudget;
  readonly #spec: SemaphoreSpec;
  readonly #count: number;
  #watch: WatchHandle | null = null;

  constructor(client: KeeperClient, budget: WaitBudget, spec: SemaphoreSpec & { readonly count: number }) {
    this.#client = client;
    this.#budget = budget;
    this.#spec = spec;
    this.#count = spec.count;
  }

  /** Null only for `once`, when it would have to wait. */
  async run(patience: Patience): Promise<Grant[] | null> {
    const leave = this.#client.keepLease();
    try {
      for (;;) {
        const inner = await this.#enter(patience);
        if (inner === null) return null;
        const outcome = await this.#inside(inner, patience);
        if (outcome === 'full') return null;
        if (outcome !== 'missing') return outcome;
      }
    } finally {
      leave();
    }
  }

  #enter(patience: Patience): Promise<Grant | null> {
    const { locks, options } = this.#spec;
    const { data = NOTHING, acl, parentAcl } = options;
    return new LockAttempt(this.#client, this.#budget, {
      line: locks,
      entry: () => ({ name: LOCK_NAME }),
      data,
      acl,
      parentAcl,
      isRevocable: false,
      grant: {},
      isStep: true,
    }).run(patience);
  }

  async #inside(inner: Grant, patience: Patience): Promise<Grant[] | 'full' | 'missing'> {
    const nodes: OwnNode[] = [];
    let outcome: Grant[] | 'full' | 'missing' = 'missing';
    try {
      outcome = await this.#await(nodes, patience);
      return outcome;
    } finally {
      const isGranted = Array.isArray(outcome);
      // The next one is let in only when what was not granted is gone: it would have to wait for that.
      const left = isGranted ? [] : nodes.map((node) => removeOwnNode(this.#client, node));
      const exited = inner.exit();
      // Nobody need wait for the inner lock. The client reports a node that cannot be deleted.
      if (isGranted) exited.catch(() => undefined);
      else await Promise.all([...left, exited.catch(() => undefined)]);
      // Not waited for: whoever leaves waits for answers that come after this one.
      void this.#watch?.close();
      this.#watch = null;
    }
  }

  async #await(nodes: OwnNode[], patience: Patience): Promise<Grant[] | 'full' | 'missing'> {
    let contenders = await this.#join(nodes);
    for (;;) {
      const permits = valueOf(this.#spec.permits);
      const look = this.#look(nodes, contenders, permits);
      if (look === 'missing') return look;
      if (look === 'room') {
        const grants = await this.#grants(nodes);
        if (grants !== null) return grants;
      } else if (patience === 'once') return look;
      else if (this.#watch === null) {
        // Read once more with a watch: most who come find room, and would only have to take a watch away again.
        contenders = await this.#watched();
        continue;
      } else await this.#sleep(this.#watch, permits);
      contenders = await this.#spec.leases.list(this.#budget);
    }
  }

  /** Makes the nodes, and tells who has leases after that. They are in `nodes` even if not all could be made. */
  async #join(nodes: OwnNode[]): Promise<Contenders> {
    const { leases, options } = this.#spec;
    const { data = NOTHING, acl, parentAcl } = options;
    const request = { path: childOf(leases.path, 'lease-'), data, acl, parentAcl, sent: () => undefined };
    const creates = Array.from({ length: this.#count }, () => protectedCreate(this.#client, this.#budget, request));
    // Asked for together with the nodes, as the mutex does: with room, leases cost one round trip.
    const asked = leases.ask();
    asked.catch(() => undefined);
    const made = await Promise.allSettled(creates);
    for (const each of made) if (each.status === 'fulfilled') nodes.push(each.value);
    for (const each of made) if (each.status === 'rejected') throw each.reason;
    const contenders = await leases.list(this.#budget, asked);
    // A connection that broke in between, or a missing parent, may have separated the two.
    return this.#look(nodes, contenders, Infinity) === 'missing' ? leases.list(this.#budget) : contenders;
  }

  #look(nodes: readonly OwnNode[], contenders: Contenders, permits: number): Look {
    if (!nodes.every((node) => isOfThisSession(this.#client, node))) return 'missing';
    const places = placesUpTo(
      nodes.map(({ name }) => name),
      contenders,
    );
    if (places === null) return 'missing';
    this.#budget.noteProgress(
      () => `waiting for ${places - permits} more of ${permits} leases below ${this.#spec.leases.path}`,
    );
    return places <= permits ? 'room' : 'full';
  }

  /** Null when nobody vouches for the session at the moment: then everybody has been asked. */
  async #grants(nodes: readonly OwnNode[]): Promise<Grant[] | null> {
    const grants = nodes.map((node) => new Grant(this.#client, { node, revocation: null }, this.#spec.options));
    if (!grants.every((grant) => grant.isHeld())) {
      for (const grant of grants) grant.end('released');
      await retry(this.#client, this.#budget, (wait) => this.#client.sync(this.#spec.leases.path, wait));
      return null;
    }
    if (this.#budget.commit()) return grants;
    for (const grant of grants) grant.end('released');
    this.#budget.throwIfSpent();
    return null;
  }

  async #watched(): Promise<Contenders> {
    const { leases } = this.#spec;
    const { children, watch } = await retry(this.#client, this.#budget, (wait) =>
      this.#client.getChildren(leases.path, { watch: true, ...wait }),
    );
    this.#watch = watch;
    return contendersOf(children, leases.lockName);
  }

  /** Until the leases may have changed, the permits have, or the session is over. A watch that has not fired is kept. */
  async #sleep(watch: WatchHandle, permits: number): Promise<void> {
    const awake = new AbortController();
    const fired = watch.fired.then(() => {
      this.#watch = null;
    });
    try {
      const changed = permitsChanged(this.#spec.permits, permits, awake.signal);
      await orAbort(Promise.race([fired, changed]), this.#budget.signal);
    } finally {
      awake.abort();
    }
  }
}
