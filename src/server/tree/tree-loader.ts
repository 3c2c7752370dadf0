import type { Acl } from '../../protocol/acl.js';
import { parentOf } from '../../protocol/paths.js';
import type { Zxid } from '../../protocol/zxid.js';
import type { AclList } from './acl-list.js';
import type { DataTreeOptions } from './data-tree.js';
import { DataTree } from './data-tree.js';
import { TreeLoadError } from './tree-load-error.js';

const OPEN_KEY = -1;

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
  /** As stored: creations only. */
  readonly cversion: number;
  readonly aversion: number;
  /** As stored: containers and TTL nodes have one. */
  readonly ephemeralOwner: bigint;
  readonly pzxid: Zxid;
}

/**
 * Builds a tree out of a snapshot's records, in their order. Reserved nodes that an old version's snapshot does not have are
 * there from the start. Throws {@link TreeLoadError} on what cannot be a tree.
 */
export class TreeLoader {
  private readonly tree: DataTree;
  private readonly acls = new Map<number, AclList>();
  /** Reserved nodes not met yet: these a record fills, any other it adds. */
  private readonly reserved = new Set(['/', '/zookeeper', '/zookeeper/quota', '/zookeeper/config']);

  constructor(options: DataTreeOptions) {
    this.tree = new DataTree(options);
  }

  defineAcl(key: number, entries: readonly Acl[] | null): void {
    const list = this.tree.acls.intern(entries ?? []);
    // Held until finish(), so that the list outlives a node that is replaced.
    this.tree.acls.acquire(list);
    this.acls.set(key, list);
  }

  addNode(record: SnapshotNode): void {
    const path = record.path === '' ? '/' : record.path;
    const content = {
      data: record.data,
      acl: this.aclOf(record.aclKey),
      fields: {
        owner: record.ephemeralOwner,
        czxid: record.czxid,
        mzxid: record.mzxid,
        pzxid: record.pzxid,
        ctime: record.ctime,
        mtime: record.mtime,
        version: record.version,
        storedCversion: record.cversion,
        aversion: record.aversion,
      },
    };
    const { store, quotas } = this.tree;
    const existing = store.find(path);
    if (existing !== undefined) {
      if (!this.reserved.delete(path)) throw new TreeLoadError(`the node ${JSON.stringify(path)} is there twice`);
      store.replace(existing, content);
      return;
    }
    const parent = path.startsWith('/') && !path.endsWith('/') ? store.find(parentOf(path)) : undefined;
    if (parent === undefined) throw new TreeLoadError(`the node ${JSON.stringify(path)} has no parent before it`);
    store.insert(parent, path, content);
    quotas.register(path);
  }

  finish(lastProcessedZxid: Zxid): DataTree {
    for (const list of this.acls.values()) this.tree.acls.release(list);
    this.tree.lastProcessedZxid = lastProcessedZxid;
    return this.tree;
  }

  private aclOf(key: number): AclList {
    if (key === OPEN_KEY) return this.tree.acls.open;
    return this.acls.get(key) ?? this.tree.acls.unresolved;
  }
}
