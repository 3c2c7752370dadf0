import { BadVersionError } from '../../client/errors.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import { Backoff } from '../../client/support/backoff.js';
import { isRetryable } from '../../client/support/retry.js';

/**
 * Deletes a node of an agreed name if its owner (the session, 0n of a node that is not ephemeral) is one of ours: another's
 * stays. Resolves when it is known to be gone, or with its session to go; never rejects.
 */
export async function removeOwned(
  client: KeeperClient,
  path: string,
  isOurs: (owner: bigint) => boolean,
): Promise<void> {
  const { session } = client;
  const isEphemeral = !isOurs(0n);
  const backoff = new Backoff(client);
  while (!(isEphemeral && session.signal.aborted)) {
    try {
      // The sync makes sure that a server we have moved to knows what an earlier one had passed on.
      const [, { stat }] = await Promise.all([client.sync(path), client.getData(path)]);
      if (isOurs(stat.ephemeralOwner)) await client.delete(path, { version: stat.version });
      return;
    } catch (error) {
      if (error instanceof BadVersionError) continue;
      if (!isRetryable(error)) return;
      await backoff.wait(isEphemeral ? session.signal : undefined);
    }
  }
}
