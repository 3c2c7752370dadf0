import type { Stat } from '../../protocol/stat.js';

/** A znode as a cache has seen it. */
export interface CachedNode {
  readonly path: string;
  /** Null too when the cache keeps no data. */
  readonly data: Buffer | null;
  /**
   * As of the last time the node itself was read: `czxid`, `mzxid`, `version` and the like are those of `data`. What
   * changes with the children alone (`cversion`, `pzxid`, `numChildren`) may be older.
   */
  readonly stat: Stat;
}

/** How the copy has changed. A node that was deleted and made again gives both events, whatever was missed between. */
export type NodeEvent =
  | { readonly type: 'created'; readonly node: CachedNode }
  | { readonly type: 'changed'; readonly node: CachedNode; readonly before: CachedNode }
  | { readonly type: 'deleted'; readonly before: CachedNode };

/**
 * What a cache tells, beside the changes of its nodes:
 * - `resync`: forget what you know, the copy is now `snapshot`. The first event of an iteration from the snapshot, and what
 *   a reader gets that was too slow for the events between;
 * - `initialized`: the copy is complete for the first time;
 * - `stale`: the connection is gone, or changes may have been missed: the copy is what was seen last;
 * - `resynced`: everything was read again, the copy is complete again. The changes found were told before.
 */
export type CacheEvent =
  | NodeEvent
  | { readonly type: 'resync'; readonly snapshot: ReadonlyMap<string, CachedNode> }
  | { readonly type: 'initialized' | 'stale' | 'resynced' };
