import { BadArgumentsError } from '../../client/errors.js';
import type { Acl } from '../../protocol/acl.js';
import { nameFault, pathFault } from '../../protocol/paths.js';
import { checkGrantOptions } from '../support/check-arguments.js';
import type { ErrorHook } from '../support/error-hook.js';
import type { GrantOptions } from '../support/grant.js';

/** What is shared, how much of it this worker is to have, and how patient the sharing is. */
export interface WorkPartitionerOptions extends GrantOptions {
  /** What is shared: names that can stand in a path; or the names of the children of a node, as they come and go. */
  readonly partitions: readonly string[] | { readonly childrenOf: string };
  /** Of this worker, unique among them. Default: random. */
  readonly id?: string | undefined;
  /** How much this worker is to have, beside the others'. Above 0; default 1. */
  readonly weight?: number | undefined;
  /** For how long the members must not have changed before work is shared anew, ms. Default 1000. */
  readonly debounceMs?: number | undefined;
  /** How long a worker may take to stop when a partition is taken away, ms. Default 30000. */
  readonly drainMs?: number | undefined;
  /** How long a partition rests that its worker gave back without being asked to, ms. Default 1000. */
  readonly restMs?: number | undefined;
  /** Of the nodes of members and claims. Default: everybody may do everything. */
  readonly acl?: readonly Acl[] | undefined;
  /** Of parents that have to be made. Default: everybody may do everything. */
  readonly parentAcl?: readonly Acl[] | undefined;
  /**
   * Hears of what a `run` callback throws, of workers that do not stop in time, and of what repeating does not mend.
   * Default: a warning of the process, once a path.
   */
  readonly onError?: ErrorHook | undefined;
}

/** Throws unless work can be shared with these. */
export function checkWorkPartitioner(path: string, options: WorkPartitionerOptions): void {
  const { partitions, id = 'x', weight = 1, debounceMs = 0, drainMs = 0, restMs = 0 } = options;
  const refuse = (message: string): never => {
    throw new BadArgumentsError({ message, path });
  };
  const fault = pathFault(path);
  if (fault !== null) refuse(`path of a partitioner: ${fault}`);
  checkGrantOptions(path, options);
  const names = Array.isArray(partitions) ? (partitions as readonly string[]) : [];
  const source = Array.isArray(partitions)
    ? '/'
    : (partitions as { childrenOf?: string } | null | undefined)?.childrenOf;
  if (typeof source !== 'string') refuse('partitions must be a list of names, or have the path childrenOf');
  if (new Set(names).size !== names.length) refuse('partitions has a name twice');
  for (const name of [id, ...names]) {
    const why = nameFault(name);
    if (why !== null) refuse(`${JSON.stringify(name)} is no name of a worker or partition: ${why}`);
  }
  if (!(typeof weight === 'number' && weight > 0 && weight < Infinity))
    refuse(`weight is ${weight}; it must be above 0`);
  for (const [name, ms] of Object.entries({ debounceMs, drainMs, restMs })) {
    if (!(typeof ms === 'number' && ms >= 0 && ms < 2 ** 31)) refuse(`${name} is ${ms}; it must be ms, 0 or more`);
  }
}
