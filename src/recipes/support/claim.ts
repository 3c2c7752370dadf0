import { KeeperError, NodeExistsError, NoNodeError } from '../../client/errors.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import type { NodeData } from '../../client/operation-types.js';
import type { Acl } from '../../protocol/acl.js';
import { parentOf } from '../../protocol/paths.js';
import type { Stat } from '../../protocol/stat.js';
import { Backoff } from '../../client/support/backoff.js';
import { createContainers } from './create-containers.js';
import { ownNode } from './own-node.js';
import type { OwnNode } from './own-node.js';
import { removeClaim } from './remove-claim.js';
import { isRetryable, retry } from '../../client/support/retry.js';
import type { WaitBudget } from '../../client/support/wait-budget.js';

export interface ClaimRequest {
  readonly path: string;
  /**
   * What tells this claim from every other one: two callers of one client that claim the same path must give different
   * bytes, or both may be told that it is theirs.
   */
  readonly data: Buffer;
  readonly acl?: readonly Acl[] | undefined;
  /** Of the containers that are made when the parent is missing. */
  readonly parentAcl?: readonly Acl[] | undefined;
}

/** The node is ours, or somebody else's: of another session, or of another caller in this one. */
export type ClaimOutcome =
  | { readonly kind: 'ours'; readonly node: OwnNode; readonly stat: Stat }
  | { readonly kind: 'taken'; readonly data: NodeData; readonly stat: Stat };

/**
 * Creates an ephemeral node whose name is agreed upon: of all who try, one gets it, whatever replies get lost. What is
 * there after an uncertain attempt is ours if this very session owns it and it has our bytes. Whenever this rejects, no
 * node of ours is left, or the janitor is at it.
 */
export async function claim(client: KeeperClient, budget: WaitBudget, request: ClaimRequest): Promise<ClaimOutcome> {
  const backoff = new Backoff(client);
  let isUncertain = false;
  try {
    for (;;) {
      budget.throwIfSpent();
      try {
        const { path, stat } = await create(client, budget, request);
        const node = ownNode(client, path, stat);
        if (node !== null) return { kind: 'ours', node, stat };
      } catch (error) {
        isUncertain ||= !(error instanceof KeeperError) || error.ambiguous || budget.isSpent;
        if (error instanceof NodeExistsError) {
          const found = await whoHas(client, budget, request);
          if (found !== null) return found;
          continue;
        }
        if (budget.isSpent || !isRetryable(error)) throw error;
      }
      await backoff.wait(budget.signal);
    }
  } catch (error) {
    if (isUncertain) await withdraw(client, request);
    throw error;
  }
}

/** A container may be collected between making it and using it, so this is a loop. */
async function create(client: KeeperClient, budget: WaitBudget, { path, data, acl, parentAcl }: ClaimRequest) {
  for (;;) {
    try {
      return await client.create(path, data, { mode: 'ephemeral', acl, signal: budget.signal });
    } catch (error) {
      if (!(error instanceof NoNodeError)) throw error;
      await createContainers(client, budget, { path: parentOf(path), acl: parentAcl });
    }
  }
}

/** Null when the node is gone again. */
async function whoHas(
  client: KeeperClient,
  budget: WaitBudget,
  { path, data: wanted }: ClaimRequest,
): Promise<ClaimOutcome | null> {
  try {
    const { data, stat } = await retry(client, budget, (wait) => client.getData(path, wait));
    const node = data?.equals(wanted) === true ? ownNode(client, path, stat) : null;
    return node === null ? { kind: 'taken', data, stat } : { kind: 'ours', node, stat };
  } catch (error) {
    if (error instanceof NoNodeError) return null;
    throw error;
  }
}

/** Removes what an attempt may have made that nobody waits for any more: looks until there is an answer. */
async function withdraw(client: KeeperClient, { path, data: wanted }: ClaimRequest): Promise<void> {
  const { session } = client;
  const backoff = new Backoff(client);
  while (!session.signal.aborted) {
    try {
      // The sync makes sure that a server we have moved to knows what an earlier one had passed on.
      const [, { data, stat }] = await Promise.all([client.sync(path), client.getData(path)]);
      const node = data?.equals(wanted) === true ? ownNode(client, path, stat) : null;
      if (node !== null) await removeClaim(client, node);
      return;
    } catch (error) {
      if (!isRetryable(error)) return;
      await backoff.wait(session.signal);
    }
  }
}
