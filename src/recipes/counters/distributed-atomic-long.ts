import type { KeeperClient } from '../../client/keeper-client.js';
import type { AtomicOptions } from './atomic-node.js';
import { INT64 } from './codec.js';
import { DistributedAtomicNumber } from './distributed-atomic-number.js';
import type { Arithmetic } from './distributed-atomic-number.js';

const BITS = 64;
const LONG: Arithmetic<bigint> = {
  codec: INT64,
  zero: 0n,
  one: 1n,
  add: (a, b) => BigInt.asIntN(BITS, a + b),
  negate: (a) => BigInt.asIntN(BITS, -a),
};

/**
 * A counter of 64 bits that many processes change at once, each change made exactly once or not at all. Uses the znode of
 * Curator's DistributedAtomicLong: eight bytes, big-endian.
 *
 * A write whose answer is lost is never repeated blindly. If what is there afterwards does not tell whether it was carried
 * out, the call rejects with an OutcomeUnknownError; with `exactlyOnce` that happens only when the session ends meanwhile.
 * While the connection is gone (SUSPENDED, LOST) calls wait; nothing is held that could be lost.
 */
export class DistributedAtomicLong extends DistributedAtomicNumber<bigint> {
  /** `path` is made when something is written first; until then the number is 0. */
  constructor(client: KeeperClient, path: string, options: AtomicOptions = {}) {
    super(client, path, { arithmetic: LONG, options });
  }
}
