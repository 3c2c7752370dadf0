import { childOf, nameOf, parentOf } from '../../protocol/paths.js';
import type { Zxid } from '../../protocol/zxid.js';
import { AclCache } from './acl-cache.js';
import type { AclList } from './acl-list.js';
import { DigestSum } from './digest-sum.js';
import { EphemeralIndex } from './ephemeral-index.js';
import { contentCrc, nodeDigest, pathCrc } from './node-digest.js';
import { NodeKind, nodeKindOf } from './node-kind.js';
import { StoredZnode } from './stored-znode.js';
import type { NodeState } from './node-state.js';
import { TreeSnapshot } from './tree-snapshot.js';

export interface NodeStoreOptions {
  /** TTL nodes (`zookeeper.extendedTypesEnabled`). */
  readonly extendedTypesEnabled: boolean;
  readonly digestEnabled: boolean;
}

/** The stat and ownership of a node that is put in. */
export type NodeFields = Pick<
  NodeState,
  'owner' | 'czxid' | 'mzxid' | 'pzxid' | 'ctime' | 'mtime' | 'version' | 'storedCversion' | 'aversion'
>;

/**
 * The nodes, and everything that must move with each change of one: the tree digest, the size, the owners' index, the
 * use of ACLs, and the copies a running snapshot needs. Knows no rules: those are in apply.ts.
 */
export class NodeStore {
  readonly options: NodeStoreOptions;
  readonly acls = new AclCache();
  readonly ephemerals = new EphemeralIndex();
  readonly digest = new DigestSum();
  /** Containers and TTL nodes, for the sweep. */
  readonly expirables = new Set<StoredZnode>();
  readonly root: StoredZnode;
  private readonly nodes = new Map<string, StoredZnode>();
  private readonly byId: (StoredZnode | undefined)[] = [];
  private readonly freeIds: number[] = [];
  private bytes = 0;
  private snapshot: TreeSnapshot | null = null;
  private captures = 0;

  constructor(options: NodeStoreOptions) {
    this.options = options;
    this.root = new StoredZnode('/', this.acls.open);
    this.root.data = Buffer.alloc(0);
    this.enter(this.root);
  }

  /** Each node once. */
  get size(): number {
    return this.nodes.size;
  }

  /** Bytes of all paths (as UTF-16 units, which is how the original counts them) and data. */
  get dataSize(): number {
    return this.bytes;
  }

  /** The empty path is another name of the root. */
  find(path: string): StoredZnode | undefined {
    return path === '' ? this.root : this.nodes.get(path);
  }

  at(id: number): StoredZnode {
    const node = this.byId[id];
    if (node === undefined) throw new RangeError(`there is no node ${id}`);
    return node;
  }

  parent(path: string): StoredZnode | undefined {
    return this.nodes.get(parentOf(path));
  }

  /** Adds a child to a node that is in the store. */
  insert(
    parent: StoredZnode,
    path: string,
    content: { data: Buffer | null; acl: AclList; fields: NodeFields },
  ): StoredZnode {
    const node = new StoredZnode(path, content.acl);
    node.data = content.data;
    setFields(node, content.fields);
    node.kind = nodeKindOf(node.owner, this.options.extendedTypesEnabled);
    parent.childNames ??= new Set();
    parent.childNames.add(nameOf(path));
    this.enter(node);
    this.snapshot?.added(node);
    return node;
  }

  /** Takes a node and everything below it out. */
  remove(node: StoredZnode, parent: StoredZnode): void {
    for (const name of node.children) {
      const child = this.nodes.get(childOf(node.path, name));
      if (child !== undefined) this.remove(child, node);
    }
    this.snapshot?.removed(node);
    parent.childNames?.delete(nameOf(node.path));
    this.nodes.delete(node.path);
    this.byId[node.id] = undefined;
    this.freeIds.push(node.id);
    this.acls.release(node.acl);
    this.bytes -= node.path.length + node.dataLength;
    if (this.options.digestEnabled) this.digest.subtract(node.digest);
    if (node.kind === NodeKind.ephemeral) this.ephemerals.remove(node.owner, node.path);
    else if (node.kind !== NodeKind.persistent) this.expirables.delete(node);
  }

  /** What a create or delete of a child does to its parent's stat; pass the stored cversion unchanged for a delete. */
  updateParent(node: StoredZnode, storedCversion: number, pzxid: Zxid): void {
    this.snapshot?.changing(node);
    node.storedCversion = storedCversion;
    node.pzxid = pzxid;
    this.redigest(node);
  }

  updateData(node: StoredZnode, data: Buffer | null, stat: { version: number; mzxid: Zxid; mtime: number }): void {
    this.snapshot?.changing(node);
    this.bytes -= node.dataLength;
    node.data = data;
    this.bytes += node.dataLength;
    node.version = stat.version;
    node.mzxid = stat.mzxid;
    node.mtime = stat.mtime;
    if (!this.options.digestEnabled) return;
    node.contentCrc = contentCrc(node);
    this.redigest(node);
  }

  /** For quota usage, which shows in no stat and no digest (client-protocol 4.9). */
  rewriteData(node: StoredZnode, data: Buffer): void {
    this.snapshot?.changing(node);
    this.bytes += data.length - node.dataLength;
    node.data = data;
  }

  updateAcl(node: StoredZnode, acl: AclList, aversion: number): void {
    this.snapshot?.changing(node);
    this.acls.acquire(acl);
    this.acls.release(node.acl);
    node.acl = acl;
    node.aversion = aversion;
    this.redigest(node);
  }

  /** Gives a node of a fresh tree the content a snapshot has for it. */
  replace(node: StoredZnode, content: { data: Buffer | null; acl: AclList; fields: NodeFields }): void {
    this.updateAcl(node, content.acl, content.fields.aversion);
    this.updateData(node, content.data, content.fields);
    setFields(node, content.fields);
    this.redigest(node);
  }

  beginSnapshot(zxid: Zxid): TreeSnapshot {
    if (this.snapshot !== null) throw new Error('a snapshot of this tree is being taken already');
    const snapshot = new TreeSnapshot({
      nodes: this.nodes.values(),
      mark: ++this.captures,
      zxid,
      digest: this.digest.value(),
      aclTable: this.acls.table(),
      onClose: () => {
        if (this.snapshot === snapshot) this.snapshot = null;
      },
    });
    this.snapshot = snapshot;
    return snapshot;
  }

  private enter(node: StoredZnode): void {
    this.nodes.set(node.path, node);
    node.id = this.freeIds.pop() ?? this.byId.length;
    this.byId[node.id] = node;
    this.acls.acquire(node.acl);
    this.bytes += node.path.length + node.dataLength;
    if (node.kind === NodeKind.ephemeral) this.ephemerals.add(node.owner, node.path);
    else if (node.kind !== NodeKind.persistent) this.expirables.add(node);
    if (!this.options.digestEnabled) return;
    node.pathCrc = pathCrc(node.path);
    node.contentCrc = contentCrc(node);
    node.digest = nodeDigest(node) | 0;
    this.digest.add(node.digest);
  }

  private redigest(node: StoredZnode): void {
    if (!this.options.digestEnabled) return;
    this.digest.subtract(node.digest);
    node.digest = nodeDigest(node) | 0;
    this.digest.add(node.digest);
  }
}

function setFields(node: StoredZnode, fields: NodeFields): void {
  node.owner = fields.owner;
  node.czxid = fields.czxid;
  node.mzxid = fields.mzxid;
  node.pzxid = fields.pzxid;
  node.ctime = fields.ctime;
  node.mtime = fields.mtime;
  node.version = fields.version;
  node.storedCversion = fields.storedCversion;
  node.aversion = fields.aversion;
}
