import type { Acl } from '../../protocol/acl.js';
import type { Zxid } from '../../protocol/zxid.js';
import type { DataTree, DataTreeOptions } from './data-tree.js';

/** A node as a snapshot stores it (storage-format 3.2); the root's path is the empty string or `/`. */
export interface SnapshotNode {
  readonly path: string;
  readonly data: Buffer | null;
  readonly aclKey: number;
  readonly czxid: Zxid;
  readonly mzxid: Zxid;
  readonly ctime: number;
  readonly mtime: number;
  readonly version: number;
  readonly cversion: number;
  readonly aversion: number;
  readonly ephemeralOwner: bigint;
  readonly pzxid: Zxid;
}

/** Builds a tree out of a snapshot's records, in their order. Throws TreeLoadError on what cannot be a tree. */
export declare class TreeLoader {
  constructor(options: DataTreeOptions);
  defineAcl(key: number, entries: readonly Acl[] | null): void;
  addNode(node: SnapshotNode): void;
  /** Adds reserved nodes that old versions did not have. */
  finish(lastProcessedZxid: Zxid): DataTree;
}
