import type { Zxid } from '../../protocol/zxid.js';
import { ZXID_NONE } from '../../protocol/zxid.js';
import type { AclList } from './acl-list.js';
import { NodeKind } from './node-kind.js';
import type { NodeState } from './node-state.js';
import type { Znode } from './znode.js';

const NO_CHILDREN: ReadonlySet<string> = new Set<string>();

/** A node as NodeStore keeps it. Only NodeStore writes to it. */
export class StoredZnode implements Znode, NodeState {
  readonly path: string;
  /** Its place in the store's list of nodes. */
  id = -1;
  data: Buffer | null = null;
  acl: AclList;
  kind: NodeKind = NodeKind.persistent;
  owner = 0n;
  czxid: Zxid = ZXID_NONE;
  mzxid: Zxid = ZXID_NONE;
  pzxid: Zxid = ZXID_NONE;
  ctime = 0;
  mtime = 0;
  version = 0;
  storedCversion = 0;
  aversion = 0;
  pathCrc = 0;
  contentCrc = 0;
  digest = 0;
  /** Null until there is a first child. */
  childNames: Set<string> | null = null;
  /** The last snapshot that has handed this node out, keeps a copy of it, or is older than it. */
  captureMark = 0;

  constructor(path: string, acl: AclList) {
    this.path = path;
    this.acl = acl;
  }

  get children(): ReadonlySet<string> {
    return this.childNames ?? NO_CHILDREN;
  }

  get numChildren(): number {
    return this.childNames === null ? 0 : this.childNames.size;
  }

  /** Creations and deletions of children, in 32-bit arithmetic (storage-format 4.1). */
  get cversion(): number {
    return (2 * this.storedCversion - this.numChildren) | 0;
  }

  get ephemeralOwner(): bigint {
    return this.kind === NodeKind.ephemeral ? this.owner : 0n;
  }

  get dataLength(): number {
    return this.data === null ? 0 : this.data.length;
  }

  /** As it is now, without its children. */
  copy(): StoredZnode {
    const copy = new StoredZnode(this.path, this.acl);
    copy.data = this.data;
    copy.kind = this.kind;
    copy.owner = this.owner;
    copy.czxid = this.czxid;
    copy.mzxid = this.mzxid;
    copy.pzxid = this.pzxid;
    copy.ctime = this.ctime;
    copy.mtime = this.mtime;
    copy.version = this.version;
    copy.storedCversion = this.storedCversion;
    copy.aversion = this.aversion;
    copy.pathCrc = this.pathCrc;
    copy.contentCrc = this.contentCrc;
    copy.digest = this.digest;
    return copy;
  }
}
