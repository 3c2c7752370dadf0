import type { Random } from '../../runtime/random.js';
import type { ProviderStrategy } from './provider-strategy.js';
import type { ServiceInstance } from './service-instance.js';

/** Any of them, each time. */
export class RandomStrategy<Payload = unknown> implements ProviderStrategy<Payload> {
  /** Each with the same chance. */
  choose(instances: readonly ServiceInstance<Payload>[], random: Random): ServiceInstance<Payload> {
    return instances[Math.floor(random.float() * instances.length)] as ServiceInstance<Payload>;
  }
}
