import type { Random } from '../../runtime/random.js';
import type { ProviderStrategy } from './provider-strategy.js';
import { RandomStrategy } from './random-strategy.js';
import type { ServiceInstance } from './service-instance.js';

/** Always the same one, for as long as it can be used. */
export class StickyStrategy<Payload = unknown> implements ProviderStrategy<Payload> {
  readonly #inner: ProviderStrategy<Payload>;
  #id: string | null = null;
  #changes = 0;

  /** `inner` chooses the one to stick to; by default any of them. */
  constructor(inner: ProviderStrategy<Payload> = new RandomStrategy()) {
    this.#inner = inner;
  }

  /** How often it has had to choose; a caller that compares it learns that its peer is another one now. */
  get changeCount(): number {
    return this.#changes;
  }

  /** The one chosen before, known by its id; another one only when that is not in the list. */
  choose(instances: readonly ServiceInstance<Payload>[], random: Random): ServiceInstance<Payload> {
    const same = instances.find(({ id }) => id === this.#id);
    if (same !== undefined) return same;
    const chosen = this.#inner.choose(instances, random);
    this.#id = chosen.id;
    this.#changes += 1;
    return chosen;
  }
}
