import { crc32 } from '../../protocol/checksum.js';
import type { AclList } from './acl-list.js';
import type { ByteRange } from './byte-range.js';
import type { NodeId } from './node-id.js';
import { NO_NODE } from './node-id.js';
import { ROOT } from './node-paths.js';
import { Head, StatField } from './node-records.js';
import type { RecordParts } from './node-records.js';
import type { NodeStore } from './node-store.js';

const SLASH = 0x2f;
const PATH_BYTES = 1024;

/** Offsets in a snapshot's stat, whose fields the digest takes in another order (storage-format 3.2, 4.2). */
const CTIME_AT = 16;
const OWNER_AT = 44;
const PZXID_AT = 52;
const STAT_BYTES = 60;

/**
 * Puts the nodes of a snapshot into a store that nobody uses yet: what an insert does, but each record is looked at once,
 * and no object is made for it. A snapshot has the children of a node in a row: so the parent is mostly that of the node before.
 */
export class NodeLoad {
  private readonly store: NodeStore;
  /** The parent of the last node, its path, and those of its children that it does not count yet. */
  private parent: NodeId = ROOT;
  private parentPath: Buffer = Buffer.allocUnsafeSlow(PATH_BYTES);
  private parentEnd = 0;
  private uncounted = 0;
  /** Of the path that was located last. */
  private hash = 0;
  private readonly name = { bytes: this.parentPath, start: 0, end: 0 };

  constructor(store: NodeStore) {
    this.store = store;
  }

  /** The node that is at a path; NO_NODE when {@link add} may put one there; null when it has no parent, or no name. */
  locate({ bytes, start, end }: ByteRange): NodeId | null {
    if (end - start <= 1) return end === start || bytes[start] === SLASH ? ROOT : null;
    let slash = end - 1;
    while (slash > start && bytes[slash] !== SLASH) slash--;
    if (bytes[start] !== SLASH || slash === end - 1) return null;
    if (!this.isParentPath(bytes, start, slash) && !this.changeParent(bytes, start, slash)) return null;
    const { name, store } = this;
    name.bytes = bytes;
    name.start = slash + 1;
    name.end = end;
    this.hash = store.paths.hashOfChild(this.parent, name);
    return store.paths.childOf(this.parent, name, this.hash);
  }

  /** The stat lies as a snapshot has it. `units`: of the path, as UTF-16; null: to be counted. */
  add(from: RecordParts, acl: AclList, units: number | null): NodeId {
    const { store, parent } = this;
    const id = store.start(parent, acl, this.hash);
    store.records.load(id, this.name, from);
    store.links.append(parent, id);
    store.paths.index.add(id);
    this.uncounted++;
    const { view, statAt } = from;
    const hasOwner = (view.getInt32(statAt + OWNER_AT) | view.getInt32(statAt + OWNER_AT + 4)) !== 0;
    if (hasOwner) store.setOwner(id, view.getBigInt64(statAt + OWNER_AT));
    if (store.options.digestEnabled && !store.isOutsideDigest(id)) this.sum(id, from);
    store.weigh((units ?? store.paths.units(id)) + store.records.int(id, StatField.dataLength));
    return id;
  }

  /** Afterwards every node counts all its children. */
  flush(): void {
    if (this.uncounted > 0) this.store.countChild(this.parent, this.uncounted);
    this.uncounted = 0;
  }

  /** What {@link NodeStore} keeps of the digest: the stat is summed up where it lies. */
  private sum(id: NodeId, { bytes, view, dataAt, statAt: at }: RecordParts): void {
    const { records, digest } = this.store;
    const { name } = this;
    const pathCrc = crc32(name.bytes, records.head(this.parent, Head.pathCrc), name.start - 1, name.end);
    const dataLength = view.getInt32(dataAt);
    const contentCrc = dataLength <= 0 ? pathCrc : crc32(bytes, pathCrc, dataAt + 4, dataAt + 4 + dataLength);
    let crc = crc32(bytes, contentCrc, at, at + CTIME_AT);
    crc = crc32(bytes, crc, at + PZXID_AT, at + STAT_BYTES);
    crc = crc32(bytes, crc, at + CTIME_AT, at + PZXID_AT);
    digest.add(crc);
    records.setHead(id, Head.pathCrc, pathCrc | 0);
    records.setHead(id, Head.contentCrc, contentCrc | 0);
    records.setHead(id, Head.digest, crc | 0);
  }

  private isParentPath(bytes: Buffer, start: number, end: number): boolean {
    if (end - start !== this.parentEnd) return false;
    const { parentPath } = this;
    // From behind: neighbours differ in their last bytes.
    for (let i = end - start - 1; i >= 0; i--) {
      if (bytes[start + i] !== parentPath[i]) return false;
    }
    return true;
  }

  /** False when there is no such node. */
  private changeParent(bytes: Buffer, start: number, end: number): boolean {
    const parent = this.store.paths.find(bytes, start, end);
    if (parent === NO_NODE) return false;
    this.flush();
    this.parent = parent;
    if (end - start > this.parentPath.length) this.parentPath = Buffer.allocUnsafeSlow(2 * (end - start));
    bytes.copy(this.parentPath, 0, start, end);
    this.parentEnd = end - start;
    return true;
  }
}
