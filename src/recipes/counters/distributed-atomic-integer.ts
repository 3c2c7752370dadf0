import type { KeeperClient } from '../../client/keeper-client.js';
import type { AtomicOptions } from './atomic-node.js';
import { INT32 } from './codec.js';
import { DistributedAtomicNumber } from './distributed-atomic-number.js';
import type { Arithmetic } from './distributed-atomic-number.js';

const INTEGER: Arithmetic<number> = {
  codec: INT32,
  zero: 0,
  one: 1,
  add: (a, b) => (a + b) | 0,
  negate: (a) => -a | 0,
};

/**
 * A counter of 32 bits that many processes change at once, each change made exactly once or not at all. Uses the znode of
 * Curator's DistributedAtomicInteger: four bytes, big-endian. All else is as with DistributedAtomicLong.
 */
export class DistributedAtomicInteger extends DistributedAtomicNumber<number> {
  /** `path` is made when something is written first; until then the number is 0. */
  constructor(client: KeeperClient, path: string, options: AtomicOptions = {}) {
    super(client, path, { arithmetic: INTEGER, options });
  }
}
