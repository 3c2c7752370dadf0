import { BadArgumentsError, ClosedError, NoNodeError } from '../../client/errors.js';
import type { WaitOptions } from '../../client/client-options.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import type { CreateMode } from '../../client/operation-types.js';
import type { Acl } from '../../protocol/acl.js';
import { childOf, nameFault, pathFault } from '../../protocol/paths.js';
import { PersistentNode } from '../nodes/persistent-node.js';
import { errorHook } from '../support/error-hook.js';
import type { ErrorHook } from '../support/error-hook.js';
import { retry } from '../../client/support/retry.js';
import { WaitBudget } from '../../client/support/wait-budget.js';
import { InstanceSerializer, UnreadableInstanceError } from './instance-serializer.js';
import type { InstanceSerializerOptions } from './instance-serializer.js';
import { Registration } from './registration.js';
import { ServiceCache } from './service-cache.js';
import { serviceInstance } from './service-instance.js';
import type { ServiceInstance, ServiceInstanceSpec, ServiceType } from './service-instance.js';
import { ServiceProvider } from './service-provider.js';
import type { ServiceProviderOptions } from './service-provider.js';

/** Rights and format of the nodes that are made and read. */
export interface ServiceDiscoveryOptions<Payload = unknown> {
  /** How instances are written and read. */
  readonly serializer?: InstanceSerializerOptions<Payload> | undefined;
  /** Of the instances' nodes. Default: everybody may do everything. */
  readonly acl?: readonly Acl[] | undefined;
  /** Of parents that have to be made. Default: everybody may do everything. */
  readonly parentAcl?: readonly Acl[] | undefined;
  /** Hears of instances that cannot be read, and of what repeating does not mend. Default: a warning, once a path. */
  readonly onError?: ErrorHook | undefined;
}

const MODES: Readonly<Record<ServiceType, CreateMode>> = {
  DYNAMIC: 'ephemeral',
  STATIC: 'persistent',
  PERMANENT: 'persistent',
  DYNAMIC_SEQUENTIAL: 'ephemeral-sequential',
};

/**
 * Services and where they are to be had, on the znodes and in the JSON of Curator's ServiceDiscovery.
 *
 * What is registered here stays registered: over reconnections its node is left alone, and after a lost session it is made
 * again. One that an earlier life of this process (or somebody else) has left under the same id is replaced in one step, so
 * that nobody sees the service missing.
 */
export class ServiceDiscovery<Payload = unknown> implements AsyncDisposable {
  readonly basePath: string;
  readonly #client: KeeperClient;
  readonly #options: ServiceDiscoveryOptions<Payload>;
  readonly #serializer: InstanceSerializer<Payload>;
  readonly #onError: ErrorHook;
  readonly #registered = new Map<string, Registration<Payload>>();
  readonly #caches = new Set<ServiceCache<Payload>>();
  #isClosed = false;

  constructor(client: KeeperClient, basePath: string, options: ServiceDiscoveryOptions<Payload> = {}) {
    const fault = pathFault(basePath);
    if (fault !== null) throw new BadArgumentsError({ message: `basePath: ${fault}`, path: basePath });
    this.basePath = basePath;
    this.#client = client;
    this.#options = options;
    this.#serializer = new InstanceSerializer(options.serializer);
    this.#onError = errorHook(options.onError, { code: 'PINFOLD_DISCOVERY', path: basePath });
  }

  /**
   * Registers an instance; what `spec` leaves out gets defaults. Resolves when others can find it. When it rejects (time-out,
   * signal) nothing is registered. A registration of the same service and id that this object has is replaced by updating
   * it, and given back.
   */
  async registerService(spec: ServiceInstanceSpec<Payload>, options: WaitOptions = {}): Promise<Registration<Payload>> {
    if (this.#isClosed) throw new ClosedError({ op: 'registerService', path: this.basePath });
    const instance = serviceInstance(this.#client, spec);
    const key = keyOf(instance);
    const budget = new WaitBudget(this.#client, options, `register ${instance.id} of ${instance.name}`);
    const before = this.#registered.get(key);
    const isSame = before?.isLeaving === false && before.instance.serviceType === instance.serviceType;
    if (isSame) {
      await budget.settle(before.update(instance, { signal: budget.signal }), 0);
      return before;
    }
    const registering = before === undefined ? undefined : before.unregister({ signal: budget.signal });
    return budget.settle(this.#register(instance, budget, registering));
  }

  /** Changes a registered instance: all of it but name, id and type. Rejects when it is not registered by this object. */
  async updateService(instance: ServiceInstance<Payload>, options: WaitOptions = {}): Promise<void> {
    const registration = this.#registered.get(keyOf(instance));
    if (registration === undefined || registration.isLeaving) {
      throw new BadArgumentsError({ message: `${instance.id} of ${instance.name} is not registered here` });
    }
    await registration.update(instance, options);
  }

  /** Resolves when it cannot be found any more. One that is not registered by this object is left alone. */
  async unregisterService(instance: Pick<ServiceInstance, 'name' | 'id'>, options: WaitOptions = {}): Promise<void> {
    await this.#registered.get(keyOf(instance))?.unregister(options);
  }

  /** Names of all services that anybody has registered, in no order; none when there has been none. */
  async queryForNames(options: WaitOptions = {}): Promise<string[]> {
    const budget = new WaitBudget(this.#client, options, `services of ${this.basePath}`);
    return budget.settle(this.#namesBelow(this.basePath, budget), 0);
  }

  /** All instances of a service, by id. One read each; what cannot be read is told to `onError` and left out. */
  async queryForInstances(name: string, options: WaitOptions = {}): Promise<ServiceInstance<Payload>[]> {
    const budget = new WaitBudget(this.#client, options, `instances of ${name}`);
    const read = async (): Promise<ServiceInstance<Payload>[]> => {
      const path = this.#pathOf(name);
      const ids = await this.#namesBelow(path, budget);
      const instances = await Promise.all(ids.map((id) => this.#read(childOf(path, id), budget)));
      return instances.filter((each) => each !== null).sort((a, b) => (a.id < b.id ? -1 : 1));
    };
    return budget.settle(read(), 0);
  }

  /** Null when there is none of that id (for DYNAMIC_SEQUENTIAL: the id with its number). */
  async queryForInstance(
    name: string,
    id: string,
    options: WaitOptions = {},
  ): Promise<ServiceInstance<Payload> | null> {
    const budget = new WaitBudget(this.#client, options, `instance ${id} of ${name}`);
    return budget.settle(this.#read(childOf(this.#pathOf(name), id), budget), 0);
  }

  /** A live copy of the instances of a service; closed with this object. */
  serviceCache(name: string): ServiceCache<Payload> {
    if (this.#isClosed) throw new ClosedError({ op: 'serviceCache', path: this.basePath });
    const cache: ServiceCache<Payload> = new ServiceCache(this.#client, {
      path: this.#pathOf(name),
      serializer: this.#serializer,
      onError: this.#onError,
      ended: () => this.#caches.delete(cache),
    });
    this.#caches.add(cache);
    return cache;
  }

  /** Gives out instances of a service, one for each request to be made; closed with this object. Make one and keep it. */
  serviceProvider(name: string, options: ServiceProviderOptions<Payload> = {}): ServiceProvider<Payload> {
    return new ServiceProvider(this.#client, { ...options, cache: this.serviceCache(name) });
  }

  /** Unregisters everything, and closes all caches and providers. Resolves when that is done. May be called again. */
  async close(options: WaitOptions = {}): Promise<void> {
    this.#isClosed = true;
    const open = [...this.#registered.values()].map((registration) => registration.unregister(options));
    await Promise.all([...open, ...[...this.#caches].map((cache) => cache.close())]);
  }

  /** `close()`, for `await using`: unregisters everything. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #register(
    instance: ServiceInstance<Payload>,
    budget: WaitBudget,
    before: Promise<void> | undefined,
  ): Promise<Registration<Payload>> {
    if (before !== undefined) await before;
    const { acl, parentAcl } = this.#options;
    const node = new PersistentNode(this.#client, childOf(this.#pathOf(instance.name), instance.id), {
      mode: MODES[instance.serviceType],
      data: this.#serializer.serialize(instance),
      protection: false,
      takeover: 'delete',
      acl,
      parentAcl,
      onError: this.#onError,
    });
    const key = keyOf(instance);
    const ended = (): void => {
      if (this.#registered.get(key) === registration) this.#registered.delete(key);
    };
    const registration: Registration<Payload> = new Registration(instance, {
      node,
      serializer: this.#serializer,
      ended,
    });
    this.#registered.set(key, registration);
    try {
      await node.created({ signal: budget.signal });
      if (this.#isClosed) throw new ClosedError({ op: 'registerService', path: this.basePath });
      return registration;
    } catch (error) {
      await registration.unregister();
      throw error;
    }
  }

  #pathOf(name: string): string {
    const fault = nameFault(name);
    if (fault === null) return childOf(this.basePath, name);
    throw new BadArgumentsError({ message: `name of a service is ${JSON.stringify(name)}: ${fault}` });
  }

  async #namesBelow(path: string, budget: WaitBudget): Promise<string[]> {
    try {
      return (await retry(this.#client, budget, (wait) => this.#client.getChildren(path, wait))).children;
    } catch (error) {
      if (error instanceof NoNodeError) return [];
      throw error;
    }
  }

  async #read(path: string, budget: WaitBudget): Promise<ServiceInstance<Payload> | null> {
    try {
      const { data } = await retry(this.#client, budget, (wait) => this.#client.getData(path, wait));
      return this.#serializer.deserialize(data, path);
    } catch (error) {
      if (error instanceof NoNodeError) return null;
      if (!(error instanceof UnreadableInstanceError)) throw error;
      this.#onError(error);
      return null;
    }
  }
}

function keyOf({ name, id }: Pick<ServiceInstance, 'name' | 'id'>): string {
  return `${name}/${id}`;
}
