import type { ServiceInstance } from './service-instance.js';

/** When an instance that failed is left alone. */
export interface DownInstancePolicy {
  /** How long after the first of its errors, ms. Default 30000. */
  readonly timeoutMs?: number | undefined;
  /** From how many errors on. Default 2. */
  readonly errorThreshold?: number | undefined;
}

interface Errors {
  readonly sinceMs: number;
  count: number;
}

const TIMEOUT_MS = 30_000;
const ERROR_THRESHOLD = 2;

/** Counts the errors of instances. One that has changed in any field is another instance, and starts without errors. */
export class DownInstances {
  readonly #timeoutMs: number;
  readonly #threshold: number;
  readonly #now: () => number;
  readonly #errors = new Map<string, Errors>();

  constructor({ timeoutMs = TIMEOUT_MS, errorThreshold = ERROR_THRESHOLD }: DownInstancePolicy, now: () => number) {
    this.#timeoutMs = timeoutMs;
    this.#threshold = errorThreshold;
    this.#now = now;
  }

  add(instance: ServiceInstance): void {
    this.#purge();
    const key = JSON.stringify(instance);
    const errors = this.#errors.get(key);
    if (errors === undefined) this.#errors.set(key, { sinceMs: this.#now(), count: 1 });
    else errors.count += 1;
  }

  /** Those that are not down. */
  withoutDown<Instance extends ServiceInstance>(instances: readonly Instance[]): readonly Instance[] {
    this.#purge();
    if (this.#errors.size === 0) return instances;
    return instances.filter((instance) => {
      const errors = this.#errors.get(JSON.stringify(instance));
      return errors === undefined || errors.count < this.#threshold;
    });
  }

  #purge(): void {
    const oldestMs = this.#now() - this.#timeoutMs;
    for (const [key, { sinceMs }] of this.#errors) if (sinceMs <= oldestMs) this.#errors.delete(key);
  }
}
