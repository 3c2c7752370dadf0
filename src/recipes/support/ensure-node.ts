import { NodeExistsError, NoNodeError } from '../../client/errors.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import type { NodeData } from '../../client/operation-types.js';
import type { Acl } from '../../protocol/acl.js';
import { parentOf } from '../../protocol/paths.js';
import { createContainers } from './create-containers.js';
import { retry } from '../../client/support/retry.js';
import type { WaitBudget } from '../../client/support/wait-budget.js';

export interface NodeToEnsure {
  readonly path: string;
  /** Written only if the node is made now. */
  readonly data: NodeData;
  readonly acl: readonly Acl[] | undefined;
  /** Of the containers that are made when the parent is missing. */
  readonly parentAcl: readonly Acl[] | undefined;
}

/** Makes a persistent node below containers, unless it is there. A container may vanish between two steps: a loop. */
export async function ensureNode(client: KeeperClient, budget: WaitBudget, node: NodeToEnsure): Promise<void> {
  const { path, data, acl, parentAcl } = node;
  for (;;) {
    try {
      await retry(client, budget, (wait) => client.create(path, data, { acl, ...wait }));
      return;
    } catch (error) {
      if (error instanceof NodeExistsError) return;
      if (!(error instanceof NoNodeError)) throw error;
      await createContainers(client, budget, { path: parentOf(path), acl: parentAcl });
    }
  }
}
