import { NoNodeError } from '../../client/errors.js';
import type { CleanupOutcome } from '../../client/operation-types.js';
import { onAbort } from '../../client/on-abort.js';
import { pause } from '../../client/support/pause.js';
import type { Hold } from '../support/hold.js';
import { InterProcessMutex } from '../locks/inter-process-mutex.js';
import { claim } from '../support/claim.js';
import { Grant } from '../support/grant.js';
import type { OwnNode } from '../support/own-node.js';
import { claimRemoval } from '../support/remove-claim.js';
import type { Zxid } from '../../protocol/zxid.js';
import { retry } from '../../client/support/retry.js';
import type { WaitBudget } from '../../client/support/wait-budget.js';
import { ClaimedNode } from './claimed-node.js';
import { CorruptItems } from './corrupt-items.js';
import type { ItemFinder, WatchedFound } from './item-finder.js';
import { decodeItems } from './item-format.js';
import type { QueueSerializer } from './queue-options.js';
import type { QueueSpace } from './queue-space.js';

/** A claimed node, and what its payloads say. */
export interface Taken<T> {
  readonly node: ClaimedNode;
  readonly values: readonly T[];
}

/** How soon it is noticed that an item has come back whose consumer is gone. */
const CLAIMS_LOOK_MS = 1000;
/** Timers count to 2^31 ms, and nothing happens when one looks for nothing once a day. */
const SLEEP_MAX_MS = 86_400_000;

/**
 * Takes items, one consumer at a time: the others stand in line behind a lock, so that an item that comes wakes one of them.
 * The first in line looks, claims an item, and makes room for the next before it works at it.
 */
export class ItemTaker<T> {
  readonly #space: QueueSpace;
  readonly #finder: ItemFinder;
  readonly #serializer: QueueSerializer<T>;
  readonly #takers: InterProcessMutex;
  readonly #corrupt: CorruptItems;

  constructor(space: QueueSpace, { finder, serializer }: { finder: ItemFinder; serializer: QueueSerializer<T> }) {
    const { acl, parentAcl } = space.options;
    this.#space = space;
    this.#finder = finder;
    this.#serializer = serializer;
    this.#takers = new InterProcessMutex(space.client, space.takersPath, { acl, parentAcl });
    this.#corrupt = new CorruptItems(space);
  }

  /** Waits for an item, and claims it. When it rejects, nothing is claimed. */
  async take(budget: WaitBudget): Promise<Taken<T>> {
    await this.#space.ensure(budget);
    for (;;) {
      const hold = await this.#takers.acquire({ signal: budget.signal });
      const taken = await this.#takeFirst(budget, hold).catch(async (error: unknown) => {
        await hold.release();
        throw error;
      });
      // The next one is let in at once; nobody needs to wait for that to be confirmed.
      hold.release().catch((error: unknown) => this.#space.tell(error));
      if (taken === null) continue;
      if (budget.commit()) return taken;
      await taken.node.leaveAll();
      budget.throwIfSpent();
    }
  }

  /** Claims this item, if it is there and free. */
  async claim(budget: WaitBudget, name: string): Promise<Taken<T> | null> {
    const { client, options } = this.#space;
    const { acl, parentAcl } = options;
    const data = Buffer.from(client.runtime.random.uuid());
    const outcome = await claim(client, budget, { path: this.#space.claimPath(name), data, acl, parentAcl });
    if (outcome.kind === 'taken') return null;
    const claimed = { own: outcome.node, remove: claimRemoval(client, outcome.node) };
    try {
      return await this.#read(budget, name, claimed);
    } catch (error) {
      await claimed.remove();
      throw error;
    }
  }

  /** Null when the place at the head of the line is lost. */
  async #takeFirst(budget: WaitBudget, hold: Hold): Promise<Taken<T> | null> {
    let found = await this.#finder.find(budget);
    while (hold.isHeld()) {
      for (const name of found.free) {
        this.#finder.tried(name);
        const taken = await this.claim(budget, name);
        if (taken !== null) return taken;
      }
      const watched = await this.#finder.findAndWatch(budget);
      try {
        if (watched.free.length === 0) await this.#sleep(budget, hold, watched);
      } finally {
        await watched.watch.close();
      }
      found = watched.free.length > 0 ? watched : await this.#finder.find(budget);
    }
    return null;
  }

  /** Until something may have changed. */
  async #sleep(budget: WaitBudget, hold: Hold, { watch, nextDueMs, claimedAt }: WatchedFound): Promise<void> {
    const { client } = this.#space;
    const { clock } = client.runtime;
    const waking = new AbortController();
    const wake = (): void => waking.abort();
    const leave = [onAbort(budget.signal, wake), onAbort(hold.signal, wake)];
    void watch.fired.then(wake);
    try {
      while (!waking.signal.aborted) {
        const dueInMs = nextDueMs === null ? Infinity : Math.max(1, nextDueMs - clock.wallMs());
        const isDueFirst = claimedAt === null || dueInMs <= CLAIMS_LOOK_MS;
        await pause(client, isDueFirst ? Math.min(dueInMs, SLEEP_MAX_MS) : CLAIMS_LOOK_MS, waking.signal);
        if (isDueFirst || (!waking.signal.aborted && (await this.#claimsChanged(budget, claimedAt)))) break;
      }
    } finally {
      for (const each of leave) each();
    }
    budget.throwIfSpent();
  }

  /**
   * What is claimed comes back without a word when its consumer dies. To watch the claims would cost one more event for each
   * item that is worked at as usual; so the one that is first in line asks now and then, for no more than a stat.
   */
  async #claimsChanged(budget: WaitBudget, claimedAt: Zxid): Promise<boolean> {
    const { client, lockPath } = this.#space;
    const { stat } = await retry(client, budget, (wait) => client.exists(lockPath, wait));
    return stat?.pzxid !== claimedAt;
  }

  async #read(
    budget: WaitBudget,
    name: string,
    { own, remove }: { readonly own: OwnNode; readonly remove: () => Promise<CleanupOutcome> },
  ): Promise<Taken<T> | null> {
    const { client, options } = this.#space;
    const read = await retry(client, budget, (wait) => client.getData(this.#space.itemPath(name), wait)).catch(orGone);
    const grant = new Grant(client, { node: own, revocation: null, remove }, options);
    // Somebody has finished it between our look and our claim; or nobody vouches for our session.
    if (read === null || !grant.isHeld()) {
      grant.end('released');
      await remove();
      if (read !== null) await retry(client, budget, (wait) => client.sync(this.#space.path, wait));
      return null;
    }
    const payloads = decodeItems(read.data ?? Buffer.alloc(0));
    const content = { name, grant, payloads: 'fault' in payloads ? [] : payloads, version: read.stat.version };
    const node = new ClaimedNode(this.#space, content);
    try {
      if ('fault' in payloads) throw new Error(payloads.fault);
      return { node, values: payloads.map((payload) => this.#serializer.deserialize(payload)) };
    } catch (cause) {
      await this.#corrupt.setAside({ name, grant, data: read.data, version: read.stat.version, cause });
      return null;
    }
  }
}

function orGone(error: unknown): null {
  if (error instanceof NoNodeError) return null;
  throw error;
}
