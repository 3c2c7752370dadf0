import type { Zxid } from '../../protocol/zxid.js';
import type { AclList } from './acl-list.js';
import type { NodeId } from './node-id.js';
import type { NodeKind } from './node-kind.js';

/** What preparing a write looks at: a node of the tree, or what it will be once pending transactions are applied. */
export interface NodeState {
  /** The root's is `/`. */
  readonly path: string;
  /** NO_NODE for one that is not in the tree yet. */
  readonly node: NodeId;
  /** Where the store has it that is a copy made when asked for: {@link dataLength} costs none. */
  readonly data: Buffer | null;
  readonly dataLength: number;
  readonly acl: AclList;
  readonly kind: NodeKind;
  /** The owner field as stored. */
  readonly owner: bigint;
  readonly czxid: Zxid;
  readonly mzxid: Zxid;
  readonly pzxid: Zxid;
  readonly ctime: number;
  readonly mtime: number;
  readonly version: number;
  /** The creation counter as stored. */
  readonly storedCversion: number;
  readonly aversion: number;
  readonly numChildren: number;
  /** CRC-32 of the path, and of path and data: what of the digest's input seldom changes. Signed. */
  readonly pathCrc: number;
  readonly contentCrc: number;
  /** This node's part of the tree digest. Signed, as all three: small integers cost no memory of their own. */
  readonly digest: number;
}
