import { KeeperError, NoNodeError, NodeExistsError } from '../../client/errors.js';
import type { CreateMode } from '../../client/operation-types.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import { ErrorCode } from '../../protocol/error-codes.js';
import type { Acl } from '../../protocol/acl.js';
import { parentOf } from '../../protocol/paths.js';
import { retry } from './retry.js';
import type { WaitBudget } from './wait-budget.js';

const NOTHING = Buffer.alloc(0);

/**
 * Makes the node `path` and its missing ancestors as containers, which the server removes once they are empty again.
 * A server that knows no containers gets persistent nodes. A container may vanish between two steps, so this is a loop.
 */
export async function createContainers(
  client: KeeperClient,
  budget: WaitBudget,
  { path, acl }: { readonly path: string; readonly acl: readonly Acl[] | undefined },
): Promise<void> {
  if (path === '/') throw missingRoot(client);
  let mode: CreateMode = 'container';
  for (;;) {
    try {
      await retry(client, budget, (wait) => client.create(path, NOTHING, { mode, acl, ...wait }));
      return;
    } catch (error) {
      if (error instanceof NodeExistsError) return;
      if (error instanceof NoNodeError) {
        await createContainers(client, budget, { path: parentOf(path), acl });
      } else if (mode === 'container' && isUnimplemented(error)) {
        mode = 'persistent';
      } else {
        throw error;
      }
    }
  }
}

function isUnimplemented(error: unknown): boolean {
  return error instanceof KeeperError && error.rc === ErrorCode.UNIMPLEMENTED;
}

/** `/` is always there, unless the connect string put it somewhere else. */
function missingRoot(client: KeeperClient): NoNodeError {
  return new NoNodeError({ message: `the chroot ${client.chroot} does not exist: create it first`, path: '/' });
}
