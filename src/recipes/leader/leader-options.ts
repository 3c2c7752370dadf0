import { BadArgumentsError } from '../../client/errors.js';
import type { Acl } from '../../protocol/acl.js';
import { childOf, pathFault } from '../../protocol/paths.js';
import { checkGrantOptions } from '../support/check-arguments.js';
import type { GrantOptions } from '../support/grant.js';
import type { ErrorHook } from '../support/error-hook.js';

/** What LeaderLatch and LeaderSelector have in common. */
export interface LeaderOptions extends GrantOptions {
  /** What `participants()` calls this one; written to its node in UTF-8. Default: empty. */
  readonly id?: string | undefined;
  /** Of the participants' nodes. Default: everybody may do everything. */
  readonly acl?: readonly Acl[] | undefined;
  /** Of parents that have to be made. Default: everybody may do everything. */
  readonly parentAcl?: readonly Acl[] | undefined;
  /**
   * Hears of what goes wrong in the background: an error that trying again alone does not mend (no permission, say). The
   * recipe tries again all the same, after pauses of up to a second. Default: a process warning, once a path.
   */
  readonly onError?: ErrorHook | undefined;
}

/** Throws a BadArgumentsError that names what is wrong. `recipe` is what the path is of: `leader latch`. */
export function checkLeaderOptions(recipe: string, path: string, options: LeaderOptions): void {
  const { id = '' } = options;
  const refuse = (message: string): never => {
    throw new BadArgumentsError({ message, path });
  };
  const fault = pathFault(path) ?? pathFault(childOf(path, 'x'));
  if (fault !== null) refuse(`path of a ${recipe}: ${fault}`);
  if (typeof id !== 'string') refuse(`id is ${String(id)}; it must be a string`);
  checkGrantOptions(path, options);
}
