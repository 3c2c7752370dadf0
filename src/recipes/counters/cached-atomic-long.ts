import type { KeeperClient } from '../../client/keeper-client.js';
import { CachedAtomic } from './cached-atomic.js';
import type { DistributedAtomicLong } from './distributed-atomic-long.js';

const BITS = 64;

/**
 * Unique numbers of 64 bits at a price: it takes `cacheFactor` of them at a time from a DistributedAtomicLong and hands
 * them out by itself. They grow within one process; over several they do not, and those that a process has left when it
 * ends, or when an answer gets lost, are given to nobody. While the connection is gone it hands out what it has.
 */
export class CachedAtomicLong extends CachedAtomic<bigint> {
  /** `cacheFactor`: how many numbers to take at a time, 1 or more. */
  constructor(client: KeeperClient, counter: DistributedAtomicLong, cacheFactor: number) {
    super(client, {
      path: counter.path,
      cacheFactor,
      fetch: () => counter.add(BigInt(cacheFactor)),
      plusOne: (value) => BigInt.asIntN(BITS, value + 1n),
    });
  }
}
