import type { Zxid } from '../../protocol/zxid.js';
import type { AclList } from './acl-list.js';
import type { Chained } from './chain-table.js';
import type { NodeId } from './node-id.js';
import { NO_NODE } from './node-id.js';
import type { NodeKind } from './node-kind.js';
import type { NodeState } from './node-state.js';

/** Of a record that no table has had. */
export const NO_HASH = NO_NODE;

/** A node as it will be (or no longer be) once all that was prepared is applied. */
export class ChangeRecord implements NodeState, Chained<ChangeRecord> {
  readonly path: string;
  /** In the tree; NO_NODE as long as it is not there. */
  readonly node: NodeId;
  /** The node, or the hash of the path of one that is not in the tree: as its table finds it. */
  hash: number;
  next: ChangeRecord | null = null;
  /** The last transaction that changes it. */
  zxid: Zxid;
  exists = true;
  dataLength: number;
  acl: AclList;
  kind: NodeKind;
  owner: bigint;
  czxid: Zxid;
  mzxid: Zxid;
  pzxid: Zxid;
  ctime: number;
  mtime: number;
  version: number;
  storedCversion: number;
  aversion: number;
  numChildren: number;
  pathCrc: number;
  contentCrc: number;
  digest: number;
  /**
   * The counter the next sequence suffix comes from. Equal to `storedCversion`, except past 2^31-1, where the stored one
   * sticks while this one wraps and runs on, within one multi only (client-protocol 4.4).
   */
  sequence: number;
  /** Who has the data as long as no change of them is pending: few look at them, and out of the store they are a copy. */
  private before: NodeState | null;
  private changedData: Buffer | null;

  /** A copy of what the node is so far, to be changed by `zxid`. */
  constructor(from: NodeState, zxid: Zxid) {
    this.path = from.path;
    this.node = from.node;
    this.hash = from.node;
    this.zxid = zxid;
    const isRecord = from instanceof ChangeRecord;
    if (isRecord) this.hash = from.hash;
    this.before = isRecord ? from.before : from;
    this.changedData = isRecord ? from.changedData : null;
    this.dataLength = from.dataLength;
    this.acl = from.acl;
    this.kind = from.kind;
    this.owner = from.owner;
    this.czxid = from.czxid;
    this.mzxid = from.mzxid;
    this.pzxid = from.pzxid;
    this.ctime = from.ctime;
    this.mtime = from.mtime;
    this.version = from.version;
    this.storedCversion = from.storedCversion;
    this.aversion = from.aversion;
    this.numChildren = from.numChildren;
    this.pathCrc = from.pathCrc;
    this.contentCrc = from.contentCrc;
    this.digest = from.digest;
    this.sequence = sequenceIn(from, zxid);
  }

  get data(): Buffer | null {
    return this.before === null ? this.changedData : this.before.data;
  }

  set data(data: Buffer | null) {
    this.before = null;
    this.changedData = data;
    this.dataLength = data === null ? 0 : data.length;
  }
}

/** The counter a sequence suffix made in transaction `zxid` comes from. */
export function sequenceIn(node: NodeState, zxid: Zxid): number {
  return node instanceof ChangeRecord && node.zxid === zxid ? node.sequence : node.storedCversion;
}
