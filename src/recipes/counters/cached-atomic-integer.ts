import type { KeeperClient } from '../../client/keeper-client.js';
import { CachedAtomic } from './cached-atomic.js';
import type { DistributedAtomicInteger } from './distributed-atomic-integer.js';

/** Unique numbers of 32 bits, as CachedAtomicLong has them of 64. */
export class CachedAtomicInteger extends CachedAtomic<number> {
  /** `cacheFactor`: how many numbers to take at a time, 1 or more. */
  constructor(client: KeeperClient, counter: DistributedAtomicInteger, cacheFactor: number) {
    super(client, {
      path: counter.path,
      cacheFactor,
      fetch: () => counter.add(cacheFactor),
      plusOne: (value) => (value + 1) | 0,
    });
  }
}
