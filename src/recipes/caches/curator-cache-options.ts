import { BadArgumentsError } from '../../client/errors.js';
import { pathFault } from '../../protocol/paths.js';
import type { ErrorHook } from '../support/error-hook.js';

/** How much is copied: the node alone; the node and its children; the node and all its descendants. */
export type CacheScope = 'node' | 'children' | 'tree';

/** What a cache copies, makes and keeps ready for its readers. */
export interface CuratorCacheOptions {
  /** Default `tree`. */
  readonly scope?: CacheScope | undefined;
  /** False: the copy has only stats; events still carry the data. Default true. */
  readonly keepsData?: boolean | undefined;
  /**
   * Make `path` (or only its parent) as containers when missing, and again when the server has collected them. Default: a
   * cache makes no nodes.
   */
  readonly creates?: 'path' | 'parent' | undefined;
  /** Events kept for each reader before they collapse into one `resync`. From 1; default 1000. */
  readonly eventsMax?: number | undefined;
  /** Reads under way at once while the copy is loaded. From 1; default 256. */
  readonly readsInFlightMax?: number | undefined;
  /** Hears of nodes that may not be read, and of whatever else repeating does not mend. Default: a warning once a path. */
  readonly onError?: ErrorHook | undefined;
}

/** Where an iteration of a cache begins and ends. */
export interface CacheEventsOptions {
  /** `snapshot` (default): the first event is a `resync` with the copy as it is. `now`: only what comes. */
  readonly from?: 'snapshot' | 'now' | undefined;
  /** Ends the iteration when it aborts, without an error. */
  readonly signal?: AbortSignal | undefined;
}

/** Throws unless a cache can be kept with these. */
export function checkCache(path: string, options: CuratorCacheOptions): void {
  const { scope = 'tree', creates = 'path', eventsMax = 1, readsInFlightMax = 1 } = options;
  const refuse = (message: string): never => {
    throw new BadArgumentsError({ message, path });
  };
  const fault = pathFault(path);
  if (fault !== null) refuse(`path of a cache: ${fault}`);
  if (!['node', 'children', 'tree'].includes(scope)) refuse(`scope is ${scope}; it must be node, children or tree`);
  if (!['path', 'parent'].includes(creates)) refuse(`creates is ${creates}; it must be path or parent`);
  for (const [name, value] of Object.entries({ eventsMax, readsInFlightMax })) {
    if (!(Number.isInteger(value) && value >= 1)) refuse(`${name} is ${value}; it must be a whole number from 1`);
  }
}
