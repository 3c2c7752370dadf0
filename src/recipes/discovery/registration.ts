import type { WaitOptions } from '../../client/client-options.js';
import type { PersistentNode, PersistentNodeState } from '../nodes/persistent-node.js';
import type { InstanceSerializer } from './instance-serializer.js';
import { checkInstance } from './service-instance.js';
import type { ServiceInstance } from './service-instance.js';

/** What a registration needs. */
export interface RegistrationParts<Payload> {
  readonly node: PersistentNode;
  readonly serializer: InstanceSerializer<Payload>;
  /** Called once, when its node is gone. */
  readonly ended: () => void;
}

/**
 * An instance that others find, until it is unregistered. Its node is kept: it stays the same over reconnections within a
 * session, and is there again after a lost one.
 *
 * On SUSPENDED nothing changes; on LOST the state is `absent` until a new session has registered it again.
 */
export class Registration<Payload = unknown> implements AsyncDisposable {
  readonly #parts: RegistrationParts<Payload>;
  #instance: ServiceInstance<Payload>;
  #isLeaving = false;

  /** @internal A ServiceDiscovery makes them. */
  constructor(instance: ServiceInstance<Payload>, parts: RegistrationParts<Payload>) {
    this.#instance = instance;
    this.#parts = parts;
  }

  /** As registered, or updated last. */
  get instance(): ServiceInstance<Payload> {
    return this.#instance;
  }

  /** `unregister()` was called. */
  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  /** Of the node: for DYNAMIC_SEQUENTIAL with the number that the server gave it, null before it did. */
  get path(): string | null {
    return this.#parts.node.path;
  }

  /** `foreign`: another live process has registered the same id, and has the node. */
  get state(): PersistentNodeState {
    return this.#parts.node.state;
  }

  /** The present state and each change of it; changes that nobody was in time for are skipped. */
  states(options: { readonly signal?: AbortSignal | undefined } = {}): AsyncIterable<PersistentNodeState, undefined> {
    return this.#parts.node.states(options);
  }

  /**
   * Changes what others find; name, id and type stay. Resolves when the node has it, see PersistentNode.setData. Nothing changes
   * when it rejects with a BadArgumentsError, or as the serializer does.
   */
  async update(
    change: Partial<Omit<ServiceInstance<Payload>, 'name' | 'id' | 'serviceType'>>,
    options: WaitOptions = {},
  ): Promise<void> {
    const { name, id, serviceType } = this.#instance;
    const changed = { ...this.#instance, ...change, name, id, serviceType };
    checkInstance(changed);
    const data = this.#parts.serializer.serialize(changed);
    this.#instance = changed;
    await this.#parts.node.setData(data, options);
  }

  /** Resolves when the node is gone, or its session is over. May be called again. */
  async unregister(options: WaitOptions = {}): Promise<void> {
    const { node, ended } = this.#parts;
    if (!this.#isLeaving) {
      this.#isLeaving = true;
      void node.close().finally(ended);
    }
    await node.close(options);
  }

  /** `unregister()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.unregister();
  }
}
