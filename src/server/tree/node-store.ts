import { crc32 } from '../../protocol/checksum.js';
import type { Zxid } from '../../protocol/zxid.js';
import { AclCache } from './acl-cache.js';
import type { AclList } from './acl-list.js';
import type { ByteRange } from './byte-range.js';
import { DigestSum } from './digest-sum.js';
import { EphemeralIndex } from './ephemeral-index.js';
import { NodeKind, nodeKindOf } from './node-kind.js';
import type { NodeId } from './node-id.js';
import { NO_NODE } from './node-id.js';
import { NodeLinks } from './node-links.js';
import { NodePaths, ROOT } from './node-paths.js';
import { Head, NodeRecords, StatField } from './node-records.js';
import type { NodeState } from './node-state.js';
import { Field, NodeTable } from './node-table.js';
import type { PathHash } from './path-hash.js';
import { hashOn } from './path-hash.js';
import { recordDigest } from './record-digest.js';
import type { SetInPlace } from './set-in-place.js';
import { Slabs } from './slabs.js';
import { StoredZnode } from './stored-znode.js';
import { TreeSnapshot } from './tree-snapshot.js';

export interface NodeStoreOptions {
  /** TTL nodes (`zookeeper.extendedTypesEnabled`). */
  readonly extendedTypesEnabled: boolean;
  readonly digestEnabled: boolean;
  /** Any 32 bits that clients do not know; 0 when left out. */
  readonly hashSeed?: number;
  /** For tests: a hash that is easier to collide. */
  readonly hashOn?: PathHash;
  /** For tests: a number that is easier to exceed. */
  readonly namedAclSlots?: number;
}

/** The stat and ownership of a node that is put in. */
export type NodeFields = Pick<
  NodeState,
  'owner' | 'czxid' | 'mzxid' | 'pzxid' | 'ctime' | 'mtime' | 'version' | 'storedCversion' | 'aversion'
>;

export interface NodeContent {
  /** Copied. */
  readonly data: Uint8Array | null;
  readonly acl: AclList;
  readonly fields: NodeFields;
  /** Length of the path as UTF-16, of who knows it. */
  readonly units?: number;
  /** Of who has added them up already. */
  readonly sums?: (Sums & { readonly pathCrc: number }) | null;
}

/** What a setData does to the Stat. */
export interface DataStat {
  readonly version: number;
  readonly mzxid: Zxid;
  readonly mtime: number;
}

/** CRC-32 of path and data, and the node's part of the tree digest; signed. */
export interface Sums {
  readonly contentCrc: number;
  readonly digest: number;
}

const NO_NAME: ByteRange = { bytes: Buffer.alloc(0), start: 0, end: 0 };
const RESERVED_NAME = Buffer.from('zookeeper');

/** What `Field.meta` holds, from the lowest bit on: a snapshot's mark, the kind, whether outside the digest, the ACL's slot. */
const MARK_MASK = 0xff;
const KIND_SHIFT = 8;
const OUTSIDE = 1 << 10;
const ACL_SHIFT = 11;

/**
 * The nodes, and everything that must move with each change of one: the tree digest, the size, the owners' index, the
 * use of ACLs, and the copies a running snapshot needs. Knows no rules: those are in apply.ts. A node is a number; what
 * it holds is in tables and blocks of bytes, so that a million of them are no work for the garbage collector.
 */
export class NodeStore {
  readonly options: NodeStoreOptions;
  readonly acls: AclCache;
  readonly ephemerals = new EphemeralIndex<NodeId>();
  readonly digest = new DigestSum();
  /** Containers and TTL nodes with their owner as stored, for the sweep. */
  readonly expirables = new Map<NodeId, bigint>();
  readonly slabs = new Slabs();
  readonly records: NodeRecords;
  readonly paths: NodePaths;
  readonly links: NodeLinks;
  private readonly nodes = new NodeTable();
  private bytes = 1;
  private snapshot: TreeSnapshot | null = null;
  private captures = 0;

  constructor(options: NodeStoreOptions) {
    this.options = options;
    this.acls = new AclCache(options.namedAclSlots);
    this.records = new NodeRecords(this.nodes, this.slabs);
    this.paths = new NodePaths(this.nodes, this.records, options.hashOn ?? hashOn);
    this.links = new NodeLinks(this.nodes);
    const root = this.nodes.take();
    this.links.start(root);
    this.nodes.set(root, Field.hash, options.hashSeed ?? 0);
    this.nodes.set(root, Field.meta, this.acls.hold(root, this.acls.open) << ACL_SHIFT);
    this.records.create(root, NO_NAME, Buffer.alloc(0));
    this.redigest(root);
  }

  /** Each node once. */
  get size(): number {
    return this.paths.index.size + 1;
  }

  /** Bytes of all paths (as UTF-16 units, which is how the original counts them) and data. */
  get dataSize(): number {
    return this.bytes;
  }

  /** The empty path is another name of the root. */
  find(path: string): NodeId {
    const { bytes, start, end } = this.paths.encode(path);
    return this.paths.find(bytes, start, end);
  }

  /** By the UTF-8 of its path. */
  findAt(buf: Buffer, start: number, end: number): NodeId {
    return this.paths.findAt(buf, start, end);
  }

  /** Whether a node that was once seen is the same to the digest, and not a later one with its id. */
  isStill(id: NodeId, seen: { readonly czxid: Zxid; readonly digestBefore: number }): boolean {
    const { nodes, records } = this;
    if (!nodes.isUsed(id) || records.long(id, StatField.czxid) !== seen.czxid) return false;
    return records.head(id, Head.digest) === seen.digestBefore;
  }

  /** For those who have time; undefined when there is no such node. */
  view(path: string): StoredZnode | undefined {
    const id = this.find(path);
    return id === NO_NODE ? undefined : new StoredZnode(this, id, path === '' ? '/' : path);
  }

  aclOf(id: NodeId): AclList {
    return this.acls.at(this.nodes.get(id, Field.meta) >>> ACL_SHIFT, id);
  }

  kindOf(id: NodeId): NodeKind {
    return ((this.nodes.get(id, Field.meta) >>> KIND_SHIFT) & 3) as NodeKind;
  }

  /** As stored. */
  ownerOf(id: NodeId): bigint {
    switch (this.kindOf(id)) {
      case NodeKind.persistent:
        return 0n;
      case NodeKind.ephemeral:
        return this.records.bigint(id, StatField.ephemeralOwner);
      default:
        return this.expirables.get(id)!;
    }
  }

  /** The last snapshot that has handed this node out, keeps a copy of it, or is older than it; modulo 256. */
  markOf(id: NodeId): number {
    return this.nodes.get(id, Field.meta) & MARK_MASK;
  }

  setMark(id: NodeId, mark: number): void {
    this.nodes.set(id, Field.meta, (this.nodes.get(id, Field.meta) & ~MARK_MASK) | mark);
  }

  /** Whether a node is outside the digest, as quota, configuration and everything below are (storage-format 4.2). */
  isOutsideDigest(id: NodeId): boolean {
    return (this.nodes.get(id, Field.meta) & OUTSIDE) !== 0;
  }

  /** Adds a child to a node. There is a slash before the name in `name.bytes`. */
  insert(parent: NodeId, name: ByteRange, content: NodeContent): NodeId {
    const { records } = this;
    const { data, fields, sums = null } = content;
    const id = this.start(parent, content.acl, this.paths.hashOfChild(parent, name));
    records.create(id, name, data);
    this.setFields(id, fields);
    this.links.append(parent, id);
    this.paths.index.add(id);
    this.countChild(parent, 1);
    this.weigh((content.units ?? this.paths.units(id)) + records.int(id, StatField.dataLength));
    if (fields.owner !== 0n) this.setOwner(id, fields.owner);
    if (!this.options.digestEnabled || this.isOutsideDigest(id)) return id;
    const pathCrc =
      sums?.pathCrc ?? crc32(name.bytes, records.head(parent, Head.pathCrc), name.start - 1, name.end) | 0;
    records.setHead(id, Head.pathCrc, pathCrc);
    if (sums !== null) this.settle(id, sums);
    else {
      records.setHead(id, Head.contentCrc, data === null ? pathCrc : crc32(data, pathCrc) | 0);
      this.redigest(id);
    }
    return id;
  }

  /** An id for a node to be, with what is known of it before it has a record. */
  start(parent: NodeId, acl: AclList, hash: number): NodeId {
    const id = this.nodes.take();
    this.nodes.set(id, Field.hash, hash);
    const outside = this.isReserved(parent) ? OUTSIDE : 0;
    this.nodes.set(id, Field.meta, (this.acls.hold(id, acl) << ACL_SHIFT) | outside | (this.snapshot?.mark ?? 0));
    return id;
  }

  /** Takes a node and everything below it out, children before parents. `units`: length of its path as UTF-16. */
  remove(top: NodeId, units = this.paths.units(top)): void {
    const { links } = this;
    for (let id = top; ;) {
      while (links.first(id) !== NO_NODE) id = links.first(id);
      const parent = links.parent(id);
      this.removeLeaf(id, id === top ? units : this.paths.units(id));
      if (id === top) return;
      id = parent;
    }
  }

  private removeLeaf(id: NodeId, units: number): void {
    const { nodes, records } = this;
    this.snapshot?.removing(id);
    this.bytes -= units + records.int(id, StatField.dataLength);
    const kind = this.kindOf(id);
    if (kind === NodeKind.ephemeral) this.ephemerals.remove(this.ownerOf(id), id);
    else if (kind !== NodeKind.persistent) this.expirables.delete(id);
    this.acls.letGo(id, nodes.get(id, Field.meta) >>> ACL_SHIFT);
    if (this.options.digestEnabled) this.digest.subtract(records.head(id, Head.digest));
    this.countChild(this.links.parent(id), -1);
    this.links.unlink(id);
    this.paths.index.remove(id);
    records.free(id);
    nodes.free(id);
  }

  /**
   * What a create or delete of a child does to its parent's stat; pass the stored cversion unchanged for a delete. `digest`:
   * what it takes from the node then, for who has added it up already.
   */
  updateParent(id: NodeId, storedCversion: number, pzxid: Zxid, digest: number | null = null): void {
    this.snapshot?.changing(id);
    this.records.setHead(id, Head.storedCversion, storedCversion);
    this.records.setLong(id, StatField.pzxid, pzxid);
    this.countChild(id, 0);
    if (digest === null) this.redigest(id);
    else if (this.options.digestEnabled && !this.isOutsideDigest(id)) this.putDigest(id, digest);
  }

  /** `sums`: what the digest will take from the node then, for who has added it up already. */
  updateData(id: NodeId, data: Uint8Array | null, stat: DataStat, sums: Sums | null = null): void {
    this.snapshot?.changing(id);
    this.replaceData(id, data);
    this.stamp(id, stat);
    if (!this.options.digestEnabled || this.isOutsideDigest(id)) return;
    if (sums !== null) return this.settle(id, sums);
    const pathCrc = this.records.head(id, Head.pathCrc);
    this.records.setHead(id, Head.contentCrc, data === null ? pathCrc : crc32(data, pathCrc) | 0);
    this.redigest(id);
  }

  /** The same for a set that was prepared in place for this node, which is inside the digest. */
  updateDataInPlace(id: NodeId, set: SetInPlace): void {
    this.snapshot?.changing(id);
    this.weigh(set.dataLength - this.records.int(id, StatField.dataLength));
    this.records.setDataFrom(id, set.view, set.dataStart, set.dataEnd);
    this.stamp(id, set);
    if (this.options.digestEnabled) this.settle(id, set);
  }

  /** For quota usage, which shows in no stat and no digest (client-protocol 4.9). */
  rewriteData(id: NodeId, data: Buffer): void {
    this.snapshot?.changing(id);
    this.replaceData(id, data);
  }

  updateAcl(id: NodeId, acl: AclList, aversion: number): void {
    this.snapshot?.changing(id);
    const meta = this.nodes.get(id, Field.meta);
    // Kept meanwhile: it may be the list that the node lets go.
    this.acls.acquire(acl);
    this.acls.letGo(id, meta >>> ACL_SHIFT);
    this.nodes.set(id, Field.meta, (meta & ((1 << ACL_SHIFT) - 1)) | (this.acls.hold(id, acl) << ACL_SHIFT));
    this.acls.release(acl);
    this.records.setInt(id, StatField.aversion, aversion);
    this.redigest(id);
  }

  /** Gives a node of a fresh tree the content a snapshot has for it. These nodes have no owner. */
  replace(id: NodeId, { data, acl, fields }: NodeContent): void {
    this.updateAcl(id, acl, fields.aversion);
    this.updateData(id, data, fields);
    this.setFields(id, fields);
    this.redigest(id);
  }

  beginSnapshot(zxid: Zxid): TreeSnapshot {
    if (this.snapshot !== null) throw new Error('a snapshot of this tree is being taken already');
    const snapshot = new TreeSnapshot(this, {
      mark: this.nextMark(),
      zxid,
      onClose: () => {
        if (this.snapshot === snapshot) this.snapshot = null;
      },
    });
    this.snapshot = snapshot;
    return snapshot;
  }

  /** Never 0, which is the mark of a node that no snapshot has seen. */
  private nextMark(): number {
    if (++this.captures > MARK_MASK) {
      // Snapshots that were given up may have left marks of long ago.
      for (let id = ROOT; id !== NO_NODE; id = this.links.following(id)) this.setMark(id, 0);
      this.captures = 1;
    }
    return this.captures;
  }

  /** Whether what lies below a node is outside the digest. */
  private isReserved(id: NodeId): boolean {
    if (this.isOutsideDigest(id)) return true;
    if (this.links.parent(id) !== ROOT || this.records.nameLength(id) !== RESERVED_NAME.length) return false;
    return this.records.nameEndsAt(id, RESERVED_NAME, 0, RESERVED_NAME.length);
  }

  /** Of a node that had none. */
  setOwner(id: NodeId, owner: bigint): void {
    const kind = nodeKindOf(owner, this.options.extendedTypesEnabled);
    this.nodes.set(id, Field.meta, this.nodes.get(id, Field.meta) | (kind << KIND_SHIFT));
    if (kind === NodeKind.ephemeral) {
      this.records.setBigint(id, StatField.ephemeralOwner, owner);
      this.ephemerals.add(owner, id);
    } else {
      this.expirables.set(id, owner);
    }
  }

  private setFields(id: NodeId, fields: NodeFields): void {
    const { records } = this;
    records.setLong(id, StatField.czxid, fields.czxid);
    records.setLong(id, StatField.mzxid, fields.mzxid);
    records.setLong(id, StatField.pzxid, fields.pzxid);
    records.setLong(id, StatField.ctime, fields.ctime);
    records.setLong(id, StatField.mtime, fields.mtime);
    records.setInt(id, StatField.version, fields.version);
    records.setInt(id, StatField.aversion, fields.aversion);
    records.setHead(id, Head.storedCversion, fields.storedCversion);
    this.countChild(id, 0);
  }

  /** The number of children changes by `delta`, and with it what clients see as cversion (storage-format 4.1). */
  countChild(id: NodeId, delta: number): void {
    const { records } = this;
    const numChildren = records.int(id, StatField.numChildren) + delta;
    records.setInt(id, StatField.numChildren, numChildren);
    records.setInt(id, StatField.cversion, (2 * records.head(id, Head.storedCversion) - numChildren) | 0);
  }

  private replaceData(id: NodeId, data: Uint8Array | null): void {
    const { records } = this;
    this.bytes -= records.int(id, StatField.dataLength);
    records.setData(id, data);
    this.bytes += data === null ? 0 : data.length;
  }

  /** Adds to the {@link dataSize}. */
  weigh(bytes: number): void {
    this.bytes += bytes;
  }

  private stamp(id: NodeId, { version, mzxid, mtime }: DataStat): void {
    this.records.setInt(id, StatField.version, version);
    this.records.setLong(id, StatField.mzxid, mzxid);
    this.records.setLong(id, StatField.mtime, mtime);
  }

  private settle(id: NodeId, { contentCrc, digest }: Sums): void {
    this.records.setHead(id, Head.contentCrc, contentCrc);
    this.putDigest(id, digest);
  }

  private redigest(id: NodeId): void {
    if (!this.options.digestEnabled || this.isOutsideDigest(id)) return;
    this.putDigest(id, recordDigest(this, id));
  }

  private putDigest(id: NodeId, digest: number): void {
    const { records } = this;
    this.digest.subtract(records.head(id, Head.digest));
    this.digest.add(digest);
    records.setHead(id, Head.digest, digest);
  }
}
