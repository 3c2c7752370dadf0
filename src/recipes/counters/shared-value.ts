import type { KeeperClient } from '../../client/keeper-client.js';
import { BYTES } from './codec.js';
import { SharedNode } from './shared-node.js';
import type { SharedValueOptions } from './shared-node.js';

/**
 * Bytes that several processes share: each sees the newest ones without asking, and any of them may set them. Uses the znode
 * of Curator's SharedValue. `start()` it first.
 *
 * While the connection is gone (SUSPENDED, LOST) it keeps the last value and says `isStale`; afterwards it reads again. The
 * value outlives sessions. A node that is deleted is `undefined`, and is seen again when somebody makes it anew.
 */
export class SharedValue extends SharedNode<Buffer, Uint8Array | string> {
  /** `seed` is written when there is no node at the start. Text is kept as UTF-8. */
  constructor(
    client: KeeperClient,
    path: string,
    { seed = '', ...options }: SharedValueOptions & { readonly seed?: Uint8Array | string } = {},
  ) {
    super(client, path, { codec: BYTES, seed, options });
  }
}
