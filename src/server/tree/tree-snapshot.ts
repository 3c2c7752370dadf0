import type { Zxid } from '../../protocol/zxid.js';
import type { AclList } from './acl-list.js';
import type { Znode } from './znode.js';

/**
 * The whole tree at one moment, handed out node by node while later transactions are applied: the writer takes as many
 * nodes a turn as it likes.
 */
export declare class TreeSnapshot {
  /** Of the moment. */
  readonly zxid: Zxid;
  readonly digest: bigint;
  /** Every list a node of the snapshot may hold, but not the open one (key -1). */
  readonly aclTable: readonly AclList[];
  /** The next node, parents before children, the root first; null at the end. Valid until the next transaction. */
  next(): Znode | null;
  /** Must be called when done or given up: until then the tree keeps copies of what changes. */
  close(): void;
}
