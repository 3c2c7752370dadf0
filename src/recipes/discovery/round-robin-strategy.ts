import type { ProviderStrategy } from './provider-strategy.js';
import type { ServiceInstance } from './service-instance.js';

/** One after the other, in the order of their nodes. */
export class RoundRobinStrategy<Payload = unknown> implements ProviderStrategy<Payload> {
  #next = 0;

  /** The one at the next place; a list that has changed meanwhile may repeat or pass over some. */
  choose(instances: readonly ServiceInstance<Payload>[]): ServiceInstance<Payload> {
    const index = this.#next % instances.length;
    this.#next = index + 1;
    return instances[index] as ServiceInstance<Payload>;
  }
}
