import { BadVersionError, ClosedError, NoNodeError } from '../../client/errors.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import type { CleanupOutcome } from '../../client/operation-types.js';
import { Backoff } from '../../client/support/backoff.js';
import { isOfThisSession } from './own-node.js';
import type { OwnNode } from './own-node.js';
import { isRetryable } from '../../client/support/retry.js';

/**
 * Removes a claim once, however often it is called: of two that had both found it there, the second would delete what the next
 * one has made after the first.
 */
export function claimRemoval(client: KeeperClient, node: OwnNode): () => Promise<CleanupOutcome> {
  let removal: Promise<CleanupOutcome> | null = null;
  return () => (removal ??= removeClaim(client, node));
}

/**
 * Deletes a node of ours whose name others use as well. A guaranteed delete, which goes by the path, could meet the node of
 * whoever came next: after a lost reply, or when ours was deleted by hand. So each try looks first whose it is. Resolves
 * when ours is gone, or its session is; never rejects. To be called once at a time.
 */
export async function removeClaim(client: KeeperClient, node: OwnNode): Promise<CleanupOutcome> {
  const { path, czxid, session } = node;
  const backoff = new Backoff(client);
  while (isOfThisSession(client, node)) {
    try {
      // The sync makes sure that a server we have moved to knows what an earlier one had passed on.
      const [, { stat }] = await Promise.all([client.sync(path), client.exists(path)]);
      if (stat?.czxid !== czxid) return 'missing';
      await client.delete(path, { version: stat.version });
      return 'deleted';
    } catch (error) {
      if (error instanceof NoNodeError) return 'missing';
      if (error instanceof ClosedError) return 'closed';
      if (error instanceof BadVersionError) continue;
      if (!isRetryable(error)) return 'failed';
      await backoff.wait(session.signal);
    }
  }
  return 'session-ended';
}
