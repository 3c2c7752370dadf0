import { ClosedError, NoAuthError, NoNodeError } from '../../client/errors.js';
import type { WaitOptions } from '../../client/client-options.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import type { WatchEvent } from '../../client/watch-event.js';
import type { WatchHandle } from '../../client/watch-handle.js';
import { childOf, parentOf } from '../../protocol/paths.js';
import { createContainers } from '../support/create-containers.js';
import { errorHook } from '../support/error-hook.js';
import type { ErrorHook } from '../support/error-hook.js';
import { Latest } from '../support/latest.js';
import { Readers } from '../support/readers.js';
import { StateLoop } from '../support/state-loop.js';
import { WaitBudget } from '../../client/support/wait-budget.js';
import type { CachedNode, CacheEvent } from './cache-event.js';
import { CacheFeed } from './cache-feed.js';
import { checkCache } from './curator-cache-options.js';
import type { CacheEventsOptions, CacheScope, CuratorCacheOptions } from './curator-cache-options.js';
import { NodeCopy } from './node-copy.js';
import { ReadingList } from './reading-list.js';
import type { Depth } from './reading-list.js';

/**
 * - `loading`: the copy is not complete yet;
 * - `fresh`: it is complete, and changes are told as they come;
 * - `stale`: it was complete, and changes may have been missed since; it will be again, by itself;
 * - `closed`: it stays as it was seen last.
 */
export type CacheState = 'loading' | 'fresh' | 'stale' | 'closed';

const EVENTS_MAX = 1000;
const READS_IN_FLIGHT_MAX = 256;

/**
 * A local copy of a node, of a node and its children, or of a whole tree, kept up to date by one watch. Every node that is
 * seen to change is told; changes that follow each other quickly may be told as one. The copy lags behind the servers, so
 * it is for reading fast, never for deciding who may do something.
 *
 * Without a connection the copy stays as it was (`state` is `stale`); afterwards everything is read again and what differs
 * is told, also when the session was lost meanwhile.
 */
export class CuratorCache implements AsyncDisposable {
  readonly path: string;
  readonly #client: KeeperClient;
  readonly #options: CuratorCacheOptions;
  readonly #scope: CacheScope;
  readonly #copy: NodeCopy;
  readonly #list: ReadingList;
  readonly #readers = new Readers<CacheEvent, CacheFeed>();
  readonly #state = new Latest<CacheState>('loading');
  readonly #loop: StateLoop;
  readonly #onError: ErrorHook;
  #watch: WatchHandle | null = null;
  /** After a disconnection the watch says when it stands again; until then the copy counts as stale. */
  #awaitsResync = false;
  #hasStarted = false;
  #hasClosed = false;
  readonly #stateChanged = ({ to }: { readonly to: string }): void => {
    if (to === 'connected') return;
    this.#awaitsResync = true;
    this.#setStale();
  };

  /** `path` need not exist. Nothing is asked before `start()`. */
  constructor(client: KeeperClient, path: string, options: CuratorCacheOptions = {}) {
    const { scope = 'tree', keepsData = true, readsInFlightMax = READS_IN_FLIGHT_MAX } = options;
    checkCache(path, options);
    this.path = path;
    this.#client = client;
    this.#options = options;
    this.#scope = scope;
    this.#list = new ReadingList(readsInFlightMax);
    this.#copy = new NodeCopy({ keepsData, tell: (event) => this.#tell(event) });
    this.#onError = errorHook(options.onError, { code: 'PINFOLD_CACHE', path });
    this.#loop = new StateLoop(client, {
      look: (signal) => this.#look(signal),
      onError: (error) => {
        if (error instanceof ClosedError) this.#end();
        else this.#onError(error);
      },
    });
  }

  /** Whether the copy is complete, and up to date as far as anybody can know. */
  get state(): CacheState {
    return this.#state.value;
  }

  /** How many nodes the copy has. */
  get size(): number {
    return this.#copy.size;
  }

  /** Begins; a server need not be in reach. Calling it again does nothing. */
  start(): void {
    if (this.#hasStarted || this.#hasClosed) return;
    this.#hasStarted = true;
    this.#client.on('stateChanged', this.#stateChanged);
    this.#loop.start();
  }

  /**
   * Resolves when the copy has been complete once: everything was read without a failure. Starts the cache if that has not
   * been done. Rejects with a ClosedError when the cache or its client is closed before.
   */
  async ready(options: WaitOptions = {}): Promise<void> {
    const budget = new WaitBudget(this.#client, options, `ready ${this.path}`);
    this.start();
    await budget.settle(this.#whenComplete(budget.signal), 0);
  }

  /** The node as last seen; undefined when it is not in the copy. */
  get(path: string): CachedNode | undefined {
    return this.#copy.get(path);
  }

  /** All nodes by path, in no order. To keep what it was at one moment, copy it: it changes with the copy. */
  entries(): IterableIterator<[path: string, node: CachedNode]> {
    return this.#copy.entries();
  }

  /** The children of a node (by default of the cache's own path) by name. Empty for a node without children. */
  children(path: string = this.path): ReadonlyMap<string, CachedNode> {
    const children = new Map<string, CachedNode>();
    for (const name of this.#copy.namesBelow(path)) {
      const node = this.#copy.get(childOf(path, name));
      if (node !== undefined) children.set(name, node);
    }
    return children;
  }

  /**
   * What changes, in order for each node. Applied to an empty map, the events of an iteration from the snapshot always give
   * the copy. A reader that is slower than the changes gets a `resync` in place of what it has missed. Each iteration
   * is a reader of its own; it ends with the cache.
   */
  events(options: CacheEventsOptions = {}): AsyncIterable<CacheEvent, undefined> {
    return { [Symbol.asyncIterator]: () => this.#reader(options) };
  }

  /** Ends all iterations and removes the watch. The copy can still be read. Does nothing the second time. */
  async close(): Promise<void> {
    this.#end();
    await this.#loop.close();
    const watch = this.#watch;
    this.#watch = null;
    await watch?.close();
  }

  /** `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #reader({ from = 'snapshot', signal }: CacheEventsOptions): AsyncIterator<CacheEvent, undefined> {
    const feed = new CacheFeed({
      eventsMax: this.#options.eventsMax ?? EVENTS_MAX,
      fromSnapshot: from === 'snapshot',
      snapshot: () => this.#copy.snapshot(),
    });
    return this.#readers.join(feed, signal);
  }

  async #whenComplete(signal: AbortSignal): Promise<void> {
    for await (const state of this.#state.changes({ signal })) {
      if (state === 'fresh' || state === 'stale') return;
    }
    signal.throwIfAborted();
    throw new ClosedError({ op: 'ready', path: this.path });
  }

  /** Sets the watch, then reads whatever is to be read. Throws when something could not be; then it is looked again. */
  async #look(signal: AbortSignal): Promise<void> {
    if (this.#watch === null) {
      const watch = await this.#client.addWatch(this.path, { recursive: this.#scope !== 'node', signal });
      this.#watch = watch;
      this.#awaitsResync = this.#client.state !== 'connected';
      this.#list.add(this.path, 'subtree');
      void this.#follow(watch);
    }
    await this.#list.drain((path, depth) => this.#read(path, depth, signal));
    if (this.#awaitsResync || this.#hasClosed || !this.#list.isEmpty) return;
    const { value: before } = this.#state;
    if (before === 'fresh') return;
    this.#state.set('fresh');
    this.#tell({ type: before === 'loading' ? 'initialized' : 'resynced' });
  }

  async #follow(watch: WatchHandle): Promise<void> {
    for await (const event of watch) {
      if (event.type === 'sessionLost' || event.type === 'closed') this.#end();
      else this.#heard(event);
    }
  }

  #heard({ type, path, zxid: told }: WatchEvent): void {
    const zxid = told ?? null;
    if (type === 'resync') {
      this.#awaitsResync = false;
      this.#setStale();
      this.#list.add(this.path, 'subtree');
    } else if (type === 'childrenChanged' || !this.#isInScope(path)) {
      return;
    } else if (type === 'deleted') {
      // It may be there again: then the copy goes from the old one to the new one, and nobody sees it without.
      this.#list.add(path, path === this.path ? 'subtree' : 'node');
    } else if (zxid === null || (this.#copy.get(path)?.stat.mzxid ?? -1) < zxid) {
      // Whatever has been created below a new node is told by an event of its own.
      this.#list.add(path, 'node');
    }
    this.#loop.mark();
  }

  #isInScope(path: string): boolean {
    if (this.#scope === 'tree' || path === this.path) return true;
    return this.#scope === 'children' && parentOf(path) === this.path;
  }

  async #read(path: string, depth: Depth, signal: AbortSignal): Promise<void> {
    try {
      const { data, stat } = await this.#readData(path, signal);
      this.#copy.found(path, data, stat);
      if (depth === 'node' || !this.#hasDepth(path)) return;
      if (this.#copy.needsListing(path, stat)) {
        const { children, stat: listed } = await this.#client.getChildren(path, { signal });
        this.#copy.listed(path, children, listed);
        for (const name of children) this.#list.add(childOf(path, name), 'subtree');
      } else {
        for (const name of this.#copy.namesBelow(path)) this.#list.add(childOf(path, name), 'subtree');
      }
    } catch (error) {
      if (!(error instanceof NoNodeError || error instanceof NoAuthError)) throw error;
      this.#copy.gone(path);
      if (error instanceof NoAuthError) this.#onError(error);
    }
  }

  #hasDepth(path: string): boolean {
    return this.#scope === 'tree' || (this.#scope === 'children' && path === this.path);
  }

  async #readData(path: string, signal: AbortSignal) {
    const { creates } = this.#options;
    for (;;) {
      try {
        return await this.#client.getData(path, { signal });
      } catch (error) {
        if (!(error instanceof NoNodeError) || path !== this.path || creates === undefined) throw error;
        const budget = new WaitBudget(this.#client, { signal }, `create ${path}`);
        const wanted = creates === 'path' ? path : parentOf(path);
        if (wanted !== '/')
          await budget.settle(createContainers(this.#client, budget, { path: wanted, acl: undefined }));
        if (creates === 'parent') throw error;
      }
    }
  }

  #setStale(): void {
    if (this.#state.value !== 'fresh') return;
    this.#state.set('stale');
    this.#tell({ type: 'stale' });
  }

  #tell(event: CacheEvent): void {
    for (const feed of this.#readers.feeds) feed.push(event);
  }

  /** No event comes any more. */
  #end(): void {
    if (this.#hasClosed) return;
    this.#hasClosed = true;
    this.#client.off('stateChanged', this.#stateChanged);
    this.#state.set('closed');
    this.#state.end();
    this.#readers.end();
  }
}
