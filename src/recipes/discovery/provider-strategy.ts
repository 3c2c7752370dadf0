import type { Random } from '../../runtime/random.js';
import type { ServiceInstance } from './service-instance.js';

/** Chooses among the instances that can be used: a list that is not empty, in a steady order. One object a provider. */
export interface ProviderStrategy<Payload = unknown> {
  /**
   * One of the list; take chance from `random` alone, so that it can be repeated. What it throws, the caller of
   * `getInstance` gets.
   */
  choose(instances: readonly ServiceInstance<Payload>[], random: Random): ServiceInstance<Payload>;
}
