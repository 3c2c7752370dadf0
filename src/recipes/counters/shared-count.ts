import type { KeeperClient } from '../../client/keeper-client.js';
import { INT32 } from './codec.js';
import { SharedNode } from './shared-node.js';
import type { SharedValueOptions } from './shared-node.js';

/**
 * A 32-bit number that several processes share: each sees the newest one without asking, and any of them may set it. Uses
 * the znode of Curator's SharedCount (four bytes, big-endian), and of kazoo's Counter with `support_curator`. `start()` it
 * first.
 *
 * For counting, where each increment matters, see DistributedAtomicInteger: a shared count is for a number that one sets.
 * While the connection is gone (SUSPENDED, LOST) it keeps the last number and says `isStale`; afterwards it reads again.
 */
export class SharedCount extends SharedNode<number> {
  /** `seed` is written when there is no node at the start; default 0. */
  constructor(
    client: KeeperClient,
    path: string,
    { seed = 0, ...options }: SharedValueOptions & { readonly seed?: number } = {},
  ) {
    super(client, path, { codec: INT32, seed, options });
  }
}
