import { NoNodeError } from '../../client/errors.js';
import type { WatchHandle } from '../../client/watch-handle.js';
import type { Stat } from '../../protocol/stat.js';
import type { Zxid } from '../../protocol/zxid.js';
import { retry } from '../../client/support/retry.js';
import type { WaitBudget } from '../../client/support/wait-budget.js';
import { warnOnce } from '../../client/support/warn-once.js';
import { compareItems, ITEM_PREFIX } from './item-names.js';
import type { ItemKey } from './item-names.js';
import { listLong } from './list-long.js';
import type { QueueSpace } from './queue-space.js';

/** A queue of more items than this is not listed anew for each of them. */
const SHORT = 1000;
/** How many names of a long queue are remembered. */
const REMEMBERED = 1000;
/** How many of them are looked up at a time. */
const LOOKED_UP = 64;

/** What a look has found. */
export interface Found {
  /** Items that can be claimed, the first first. */
  readonly free: readonly string[];
  /** The last change of the claims (pzxid of their parent) when there are items that somebody works at; else null. */
  readonly claimedAt: Zxid | null;
  /** When the next item is due, epoch ms; null when none is waiting for its time. */
  readonly nextDueMs: number | null;
}

export interface WatchedFound extends Found {
  readonly watch: WatchHandle;
}

/** Finds the items that can be claimed. Remembers names of a long queue, because listing it costs so much. */
export class ItemFinder {
  readonly #space: QueueSpace;
  readonly #refreshAfter: number;
  #remembered: string[] = [];
  /** How many children the queue had had when it was listed. */
  #putBefore = 0;
  #triedSince = 0;

  /** `refreshAfter`: so many items after a listing it is looked whether something more urgent has come. */
  constructor(space: QueueSpace, refreshAfter: number) {
    this.#space = space;
    this.#refreshAfter = refreshAfter;
  }

  async find(budget: WaitBudget): Promise<Found> {
    if (this.#remembered.length > 0 && !(await this.#isOutdated(budget))) {
      const found = await this.#lookUp(budget);
      if (found.free.length > 0) return found;
    }
    return this.#list(budget);
  }

  /** The same, and leaves a watch that fires when something is put or taken out. */
  async findAndWatch(budget: WaitBudget): Promise<WatchedFound> {
    const watches: WatchHandle[] = [];
    try {
      const found = await this.#list(budget, watches);
      const watch = watches.shift();
      if (watch === undefined) throw new RangeError(`nothing watches ${this.#space.path}`);
      return { ...found, watch };
    } catch (error) {
      await Promise.all(watches.map((watch) => watch.close()));
      throw error;
    }
  }

  /** It was tried to claim this one: it need not be tried again. */
  tried(name: string): void {
    this.#triedSince += 1;
    if (this.#remembered[0] === name) this.#remembered.shift();
    else this.#remembered = this.#remembered.filter((each) => each !== name);
  }

  async #list(budget: WaitBudget, watches?: WatchHandle[]): Promise<Found> {
    const { path, lockPath, names, client } = this.#space;
    // The claims first: whoever acks takes both away at once, and the item must not be seen without its claim.
    const [claims, items] = await Promise.all([
      this.#children(budget, lockPath),
      this.#children(budget, path, watches),
    ]);
    this.#putBefore = items.stat === null ? 0 : childrenEver(items.stat);
    this.#triedSince = 0;
    const claimed = new Set(claims.children);
    const nowMs = client.runtime.clock.wallMs();
    const keys = items.children.filter((name) => this.#isItem(name)).map((name) => names.keyOf(name));
    const free = keys.filter(({ name }) => !claimed.has(name)).sort(compareItems);
    const notDue = free.findIndex(({ dueMs }) => dueMs > nowMs);
    const due = (notDue < 0 ? free : free.slice(0, notDue)).map(({ name }: ItemKey) => name);
    this.#remembered = keys.length > SHORT ? due.slice(0, REMEMBERED) : [];
    const claimedAt = free.length < keys.length ? (claims.stat?.pzxid ?? null) : null;
    return { free: due, claimedAt, nextDueMs: free[notDue]?.dueMs ?? null };
  }

  /** Nobody below a node that does not exist: then the watch would stand nowhere, so the node is made. */
  async #children(
    budget: WaitBudget,
    path: string,
    watches?: WatchHandle[],
  ): Promise<{ children: readonly string[]; stat: Stat | null }> {
    const { client } = this.#space;
    const isWatched = watches !== undefined;
    for (;;) {
      try {
        const read = await retry(client, budget, (wait) => listLong(client, path, { ...wait, watch: isWatched }));
        if (read.watch !== undefined) watches?.push(read.watch);
        return read;
      } catch (error) {
        if (!(error instanceof NoNodeError)) throw error;
        if (!isWatched) return { children: [], stat: null };
        await this.#space.make(budget);
      }
    }
  }

  /** Something was put that may come before what is remembered. */
  async #isOutdated(budget: WaitBudget): Promise<boolean> {
    const { client, path, names } = this.#space;
    if (names.isAppendOnly || this.#triedSince < this.#refreshAfter) return false;
    const { stat } = await retry(client, budget, (wait) => client.exists(path, wait));
    return stat === null || childrenEver(stat) !== this.#putBefore;
  }

  /** Which of the remembered items are still there, and free. Forgets the others. */
  async #lookUp(budget: WaitBudget): Promise<Found> {
    const { client, lockPath } = this.#space;
    while (this.#remembered.length > 0) {
      const asked = this.#remembered.slice(0, LOOKED_UP);
      // Of an item without children this is the shortest answer that tells whether it is there.
      const reads = [lockPath, ...asked.map((name) => this.#space.itemPath(name))].map((path) => {
        return { type: 'getChildren', path } as const;
      });
      const [claims, ...items] = await retry(client, budget, (wait) => client.multiRead(reads, wait));
      const claimed = new Set(claims?.type === 'getChildren' ? claims.children : []);
      const free = asked.filter((name, at) => items[at]?.type === 'getChildren' && !claimed.has(name));
      this.#remembered.splice(0, asked.length, ...free);
      if (free.length > 0) return { free, claimedAt: null, nextDueMs: null };
    }
    return { free: [], claimedAt: null, nextDueMs: null };
  }

  #isItem(name: string): boolean {
    if (name.startsWith(ITEM_PREFIX)) return true;
    const text = `${this.#space.itemPath(name)} is no item of this queue`;
    warnOnce('PINFOLD_FOREIGN_CHILD', this.#space.path, `${text}, for Curator as for pinfold; nobody takes it`);
    return false;
  }
}

/** How many children a node has had: what is put shows in it, and what is taken does not. */
function childrenEver({ cversion, numChildren }: Stat): number {
  return (cversion + numChildren) / 2;
}
