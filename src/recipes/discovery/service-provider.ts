import type { WaitOptions } from '../../client/client-options.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import { DownInstances } from './down-instances.js';
import type { DownInstancePolicy } from './down-instances.js';
import type { ProviderStrategy } from './provider-strategy.js';
import { RoundRobinStrategy } from './round-robin-strategy.js';
import type { ServiceCache } from './service-cache.js';
import type { ServiceInstance } from './service-instance.js';

/** Which instances are given out, and in which order. */
export interface ServiceProviderOptions<Payload = unknown> {
  /** Default: one after the other. */
  readonly strategy?: ProviderStrategy<Payload> | undefined;
  /** Instances that one of them refuses are not given out. What a filter throws, the caller of `getInstance` gets. */
  readonly filters?: readonly ((instance: ServiceInstance<Payload>) => boolean)[] | undefined;
  /** Default: two errors within half a minute. */
  readonly downInstancePolicy?: DownInstancePolicy | undefined;
}

/**
 * Gives out instances of a service. On SUSPENDED and on LOST it goes on with those that were seen last; tell it of those that
 * do not answer.
 */
export class ServiceProvider<Payload = unknown> implements AsyncDisposable {
  readonly #client: KeeperClient;
  readonly #cache: ServiceCache<Payload>;
  readonly #strategy: ProviderStrategy<Payload>;
  readonly #filters: readonly ((instance: ServiceInstance<Payload>) => boolean)[];
  readonly #down: DownInstances;

  /** @internal A ServiceDiscovery makes them. */
  constructor(
    client: KeeperClient,
    parts: ServiceProviderOptions<Payload> & { readonly cache: ServiceCache<Payload> },
  ) {
    const { cache, strategy = new RoundRobinStrategy<Payload>(), filters = [], downInstancePolicy = {} } = parts;
    this.#client = client;
    this.#cache = cache;
    this.#strategy = strategy;
    this.#filters = filters;
    this.#down = new DownInstances(downInstancePolicy, () => client.monotonicMs());
  }

  /** The instances that it chooses from, whether or not they can be used. */
  get cache(): ServiceCache<Payload> {
    return this.#cache;
  }

  /** Resolves when all instances have been read once. Starts if that has not been done. */
  ready(options: WaitOptions = {}): Promise<void> {
    return this.#cache.ready(options);
  }

  /** The next instance to use; null when there is none that can be used. Asks no server. */
  getInstance(): ServiceInstance<Payload> | null {
    const instances = this.getAllInstances();
    return instances.length === 0 ? null : this.#strategy.choose(instances, this.#client.runtime.random);
  }

  /** All instances that can be used: enabled, passed by every filter, and not down. */
  getAllInstances(): readonly ServiceInstance<Payload>[] {
    const passed = this.#cache.instances.filter(
      (instance) => instance.enabled && this.#filters.every((filter) => filter(instance)),
    );
    return this.#down.withoutDown(passed);
  }

  /** This instance did not do what it was asked for. After some of these it is left alone for a while. */
  noteError(instance: ServiceInstance<Payload>): void {
    this.#down.add(instance);
  }

  /** Ends the cache as well. */
  close(): Promise<void> {
    return this.#cache.close();
  }

  /** `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
