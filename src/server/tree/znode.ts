import type { Stat } from '../../protocol/stat.js';
import type { AclList } from './acl-list.js';
import type { NodeId } from './node-id.js';
import type { NodeKind } from './node-kind.js';

/**
 * A znode as readers see it. It reads like a Stat (so `writeStat(writer, node)` needs no copy), but lives: what must
 * outlast the next transaction goes through `DataTree.stat`.
 */
export interface Znode extends Readonly<Stat> {
  /** For the tree's methods that write a part of a reply as bytes, where the fields below are made one by one. */
  readonly id: NodeId;
  /** The root's is `/`. */
  readonly path: string;
  readonly data: Buffer | null;
  readonly acl: AclList;
  readonly kind: NodeKind;
  /** The owner field as stored: containers and TTL nodes have one that clients do not see. */
  readonly owner: bigint;
  /** The creation counter as stored, from which sequence suffixes come; clients see `cversion`. */
  readonly storedCversion: number;
  /** Names of the children. */
  readonly children: ReadonlySet<string>;
}
