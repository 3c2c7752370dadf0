import type { WaitOptions } from '../../client/client-options.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import type { CachedNode } from '../caches/cache-event.js';
import { CuratorCache } from '../caches/curator-cache.js';
import type { CacheState } from '../caches/curator-cache.js';
import type { ErrorHook } from '../support/error-hook.js';
import { Latest } from '../support/latest.js';
import { nameOf, parentOf } from '../../protocol/paths.js';
import type { InstanceSerializer } from './instance-serializer.js';
import type { ServiceInstance } from './service-instance.js';

/** What a service cache is made of. */
export interface ServiceCacheParts<Payload> {
  /** Of the service. */
  readonly path: string;
  readonly serializer: InstanceSerializer<Payload>;
  readonly onError: ErrorHook;
  /** Called once, when it is closed. */
  readonly ended: () => void;
}

/** The instances of a service at some moment, in the order of their nodes' names. */
export type ServiceInstances<Payload> = readonly ServiceInstance<Payload>[];

/**
 * The instances of one service, as last seen. On SUSPENDED and on LOST it keeps what it has (`state` is `stale`): instances
 * that were there a moment ago are the best that is known. Makes the service's container if it is missing, as Curator
 * does.
 */
export class ServiceCache<Payload = unknown> implements AsyncDisposable {
  readonly #client: KeeperClient;
  readonly #parts: ServiceCacheParts<Payload>;
  readonly #cache: CuratorCache;
  readonly #byNode = new Map<string, ServiceInstance<Payload>>();
  readonly #instances = new Latest<ServiceInstances<Payload>>([]);
  readonly #isComplete = new Latest(false);
  /** Changes that come together are told as one: who is replaced in one step is never seen missing. */
  #isTold = true;
  #hasStarted = false;

  /** @internal A ServiceDiscovery makes them. */
  constructor(client: KeeperClient, parts: ServiceCacheParts<Payload>) {
    const { path, onError } = parts;
    this.#client = client;
    this.#parts = parts;
    this.#cache = new CuratorCache(client, path, { scope: 'children', creates: 'path', onError });
  }

  get state(): CacheState {
    return this.#cache.state;
  }

  /** In the order of their nodes' names. A new list after each change, the same one otherwise. */
  get instances(): ServiceInstances<Payload> {
    return this.#instances.value;
  }

  /** Begins; a server need not be in reach. Calling it again does nothing. */
  start(): void {
    if (this.#hasStarted) return;
    this.#hasStarted = true;
    this.#cache.start();
    void this.#follow();
  }

  /** Resolves when all instances have been read once. Starts if that has not been done. */
  async ready(options: WaitOptions = {}): Promise<void> {
    this.start();
    await this.#cache.ready(options);
    // The reader of the events is a step behind.
    for await (const isComplete of this.#isComplete) if (isComplete) return;
  }

  /** The instances now, and again after changes: lists that nobody was in time for are skipped. Ends with the cache. */
  changes({ signal }: { readonly signal?: AbortSignal | undefined } = {}): AsyncIterable<
    ServiceInstances<Payload>,
    undefined
  > {
    this.start();
    return this.#instances.changes({ signal });
  }

  /** Ends all iterations and removes the watch. */
  async close(): Promise<void> {
    this.#parts.ended();
    this.#instances.end();
    await this.#cache.close();
  }

  /** `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #follow(): Promise<void> {
    for await (const event of this.#cache.events()) {
      if (event.type === 'resync') this.#readAll(event.snapshot);
      else if (event.type === 'deleted') this.#forget(event.before.path);
      else if (event.type === 'created' || event.type === 'changed') this.#read(event.node);
      this.#changed();
    }
    this.#instances.end();
    this.#isComplete.end();
  }

  #readAll(nodes: Iterable<[string, CachedNode]>): void {
    this.#byNode.clear();
    for (const [, node] of nodes) this.#read(node);
  }

  #read({ path, data }: CachedNode): void {
    if (parentOf(path) !== this.#parts.path) return;
    try {
      const instance = this.#parts.serializer.deserialize(data, path);
      if (instance === null) this.#byNode.delete(nameOf(path));
      else this.#byNode.set(nameOf(path), instance);
    } catch (error) {
      this.#byNode.delete(nameOf(path));
      this.#parts.onError(error);
    }
  }

  #forget(path: string): void {
    if (parentOf(path) === this.#parts.path) this.#byNode.delete(nameOf(path));
  }

  /** While the first instances are read nobody is told of each one. */
  #changed(): void {
    if (!this.#isTold || this.#cache.state === 'loading') return;
    this.#isTold = false;
    this.#client.runtime.timers.atTurnEnd(() => {
      this.#isTold = true;
      const names = [...this.#byNode.keys()].sort();
      this.#instances.set(names.map((name) => this.#byNode.get(name)).filter((each) => each !== undefined));
      this.#isComplete.set(true);
    });
  }
}
