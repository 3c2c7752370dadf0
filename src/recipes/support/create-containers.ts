import type { KeeperClient } from '../../client/keeper-client.js';
import { makePath } from '../../client/support/make-path.js';
import type { Acl } from '../../protocol/acl.js';
import { retry } from '../../client/support/retry.js';
import type { WaitBudget } from '../../client/support/wait-budget.js';

export interface ParentSpec {
  readonly path: string;
  readonly acl: readonly Acl[] | undefined;
  /** Default `container`; kazoo's recipes have persistent ones. */
  readonly mode?: 'container' | 'persistent' | undefined;
}

/**
 * Makes the node `path` and its missing ancestors as containers, which the server removes once they are empty again.
 * A server that knows no containers gets persistent nodes.
 */
export async function createContainers(
  client: KeeperClient,
  budget: WaitBudget,
  { path, acl, mode = 'container' }: ParentSpec,
): Promise<void> {
  await makePath(client, (call) => retry(client, budget, call), { path, mode, aclOf: () => acl });
}
