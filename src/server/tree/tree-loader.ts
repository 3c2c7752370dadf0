import type { Acl } from '../../protocol/acl.js';
import { JuteReader } from '../../protocol/jute-reader.js';
import { JuteWriter } from '../../protocol/jute-writer.js';
import type { Zxid } from '../../protocol/zxid.js';
import type { AclList } from './acl-list.js';
import type { ByteRange } from './byte-range.js';
import type { DataTreeOptions } from './data-tree.js';
import { DataTree } from './data-tree.js';
import { NO_NODE } from './node-id.js';
import { NodeLoad } from './node-load.js';
import type { RecordParts } from './node-records.js';
import { TreeLoadError } from './tree-load-error.js';
import type { Writable } from './writable.js';

const OPEN_KEY = -1;
const KEY_BYTES = 8;
const LENGTH_BYTES = 4;
const NO_BYTES: Buffer = Buffer.alloc(0);
const ASCII_END = 0x80;

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
  private readonly encoder = new JuteWriter();
  private readonly load: NodeLoad;
  /** Of the record that is being added. */
  private readonly parts: Writable<RecordParts> = {
    bytes: NO_BYTES,
    view: new DataView(NO_BYTES.buffer),
    dataAt: 0,
    statAt: 0,
  };

  constructor(options: DataTreeOptions) {
    this.tree = new DataTree(options);
    this.load = new NodeLoad(this.tree.store);
  }

  defineAcl(key: number, entries: readonly Acl[] | null): void {
    const list = this.tree.acls.intern(entries ?? []);
    // Held until finish(), so that the list outlives a node that is replaced.
    this.tree.acls.acquire(list);
    this.acls.set(key, list);
  }

  addNode(node: SnapshotNode): void {
    const { encoder } = this;
    encoder.truncate(0);
    encoder.ustring(node.path).buffer(node.data).long(node.aclKey);
    encoder.long(node.czxid).long(node.mzxid).long(node.ctime).long(node.mtime);
    encoder.int32(node.version).int32(node.cversion).int32(node.aversion);
    encoder.int64(node.ephemeralOwner).long(node.pzxid);
    this.addRecord(encoder.view(), 0);
  }

  /** Takes a record that lies whole in `bytes`: ustring path, buffer data, long aclKey, stat. Copies what it keeps. */
  addRecord(bytes: Buffer, at: number): void {
    const { parts } = this;
    if (bytes !== parts.bytes) {
      parts.bytes = bytes;
      parts.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    const { view } = parts;
    const dataAt = at + LENGTH_BYTES + view.getInt32(at);
    const path = wellFormed(bytes, at + LENGTH_BYTES, dataAt);
    const there = this.load.locate(path);
    if (there === null) throw new TreeLoadError(`the node ${JSON.stringify(textOf(path))} has no parent before it`);
    if (there !== NO_NODE) return this.fill(path, dataAt);
    const keyAt = dataAt + LENGTH_BYTES + Math.max(view.getInt32(dataAt), 0);
    parts.dataAt = dataAt;
    parts.statAt = keyAt + KEY_BYTES;
    const units = path.bytes === bytes ? path.end - path.start : null;
    const id = this.load.add(parts, this.aclOf(longAt(view, keyAt)), units);
    const { store, quotas } = this.tree;
    if (store.isOutsideDigest(id)) quotas.register(store.paths.text(id));
  }

  /** So many nodes are expected in all. Only speed depends on it. */
  expect(nodes: number): void {
    this.tree.store.paths.index.reserve(nodes);
  }

  finish(lastProcessedZxid: Zxid): DataTree {
    this.load.flush();
    for (const list of this.acls.values()) this.tree.acls.release(list);
    this.tree.lastProcessedZxid = lastProcessedZxid;
    return this.tree;
  }

  /** Gives a node that every tree has from the start its content. */
  private fill(path: ByteRange, dataAt: number): void {
    const { store } = this.tree;
    const text = textOf(path) === '' ? '/' : textOf(path);
    if (!this.reserved.delete(text)) throw new TreeLoadError(`the node ${JSON.stringify(text)} is there twice`);
    const record = new JuteReader(this.parts.bytes, dataAt);
    const data = record.buffer();
    const acl = this.aclOf(record.long());
    const czxid = record.zxid();
    const mzxid = record.zxid();
    const ctime = record.long();
    const mtime = record.long();
    const version = record.int32();
    const storedCversion = record.int32();
    const aversion = record.int32();
    const owner = record.int64();
    const pzxid = record.zxid();
    const fields = { czxid, mzxid, ctime, mtime, version, storedCversion, aversion, owner, pzxid };
    store.replace(store.find(text), { data, acl, fields });
  }

  private aclOf(key: number): AclList {
    if (key === OPEN_KEY) return this.tree.acls.open;
    return this.acls.get(key) ?? this.tree.acls.unresolved;
  }
}

function textOf({ bytes, start, end }: ByteRange): string {
  return bytes.toString('utf8', start, end);
}

/** Bytes that are no UTF-8 become U+FFFD, as everywhere. */
function wellFormed(bytes: Buffer, start: number, end: number): ByteRange {
  for (let i = start; i < end; i++) {
    if (bytes[i]! >= ASCII_END) {
      const text = Buffer.from(bytes.toString('utf8', start, end));
      return { bytes: text, start: 0, end: text.length };
    }
  }
  return { bytes, start, end };
}

function longAt(view: DataView, at: number): number {
  return view.getInt32(at) * 0x1_0000_0000 + view.getUint32(at + 4);
}
