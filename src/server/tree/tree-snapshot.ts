import { JuteWriter } from '../../protocol/jute-writer.js';
import type { Zxid } from '../../protocol/zxid.js';
import type { AclList } from './acl-list.js';
import type { NodeId } from './node-id.js';
import { NO_NODE } from './node-id.js';
import { ROOT } from './node-paths.js';
import type { NodeStore } from './node-store.js';
import { PagedInts } from './paged-ints.js';
import type { BlockRef } from './slabs.js';
import { writeSnapshotRecord } from './snapshot-record.js';

/** No block lies there: it would be the last grain of the last chunk. */
const NO_COPY: BlockRef = 0x7fff_ffff;

/**
 * The whole tree at one moment, handed out node by node while later transactions are applied: the writer takes as many
 * nodes a turn as it likes. A node that changes before its turn is copied first, already as the snapshot wants it; every
 * other is handed out as it is.
 *
 * It goes through the tree depth first. Nodes deleted meanwhile come last, latest deletion first, because children are
 * deleted before parents.
 */
export class TreeSnapshot {
  /** Of the moment. */
  readonly zxid: Zxid;
  readonly digest: bigint;
  /** Every list a node of the snapshot may hold, but not the open one (key -1). */
  readonly aclTable: readonly AclList[];
  /** @internal What nodes that were handed out, are copied, or are not of this moment are marked with. */
  readonly mark: number;
  private readonly store: NodeStore;
  private readonly onClose: () => void;
  /** The node whose turn it is. */
  private turn: NodeId = ROOT;
  /** As they were, of nodes changed before their turn, by id. */
  private readonly copies = new PagedInts(NO_COPY);
  /** Ids with a copy lie below. */
  private copiesEnd = 0;
  /** As they were, of nodes deleted before their turn. */
  private readonly deleted: BlockRef[] = [];
  private readonly encoder = new JuteWriter();

  constructor(store: NodeStore, options: { mark: number; zxid: Zxid; onClose: () => void }) {
    this.store = store;
    this.mark = options.mark;
    this.zxid = options.zxid;
    this.onClose = options.onClose;
    this.digest = store.digest.value();
    this.aclTable = store.acls.table();
  }

  /** Writes the next node's record (storage-format 3.2), parents before children, the root first; false at the end. */
  writeNext(out: JuteWriter): boolean {
    const { store } = this;
    while (this.turn !== NO_NODE) {
      const id = this.turn;
      if (store.markOf(id) !== this.mark) {
        store.setMark(id, this.mark);
        this.turn = store.links.following(id);
        writeSnapshotRecord(store, id, out);
        return true;
      }
      const copy = this.takeCopy(id);
      // One without a copy came later, and so did what is below it.
      this.turn = copy === NO_COPY ? store.links.followingSubtree(id) : store.links.following(id);
      if (copy !== NO_COPY) {
        this.handOut(copy, out);
        return true;
      }
    }
    const last = this.deleted.pop();
    if (last === undefined) return false;
    this.handOut(last, out);
    return true;
  }

  /** Must be called when done or given up: until then the tree keeps copies of what changes. */
  close(): void {
    for (let id = 0; id < this.copiesEnd; id++) {
      const copy = this.takeCopy(id);
      if (copy !== NO_COPY) this.store.slabs.free(copy);
    }
    for (const copy of this.deleted.splice(0)) this.store.slabs.free(copy);
    this.turn = NO_NODE;
    this.onClose();
  }

  /** @internal The store is about to change a node. */
  changing(id: NodeId): void {
    if (this.store.markOf(id) === this.mark) return;
    this.store.setMark(id, this.mark);
    this.copies.reach(id + 1);
    this.copies.set(id, this.copy(id));
    this.copiesEnd = Math.max(this.copiesEnd, id + 1);
  }

  /** @internal The store is about to take a node out, its children being out already. */
  removing(id: NodeId): void {
    if (this.turn === id) this.turn = this.store.links.followingSubtree(id);
    const copy = this.store.markOf(id) === this.mark ? this.takeCopy(id) : this.copy(id);
    if (copy !== NO_COPY) this.deleted.push(copy);
  }

  private copy(id: NodeId): BlockRef {
    const { encoder } = this;
    const { slabs } = this.store;
    encoder.truncate(0);
    writeSnapshotRecord(this.store, id, encoder);
    const ref = slabs.allocate(4 + encoder.length);
    const at = slabs.offset(ref);
    slabs.view(ref).setInt32(at, encoder.length);
    slabs.bytes(ref).set(encoder.view(), at + 4);
    return ref;
  }

  private takeCopy(id: NodeId): BlockRef {
    if (id >= this.copiesEnd) return NO_COPY;
    const copy = this.copies.get(id);
    this.copies.set(id, NO_COPY);
    return copy;
  }

  private handOut(copy: BlockRef, out: JuteWriter): void {
    const { slabs } = this.store;
    const at = slabs.offset(copy) + 4;
    out.slice(slabs.bytes(copy), at, at + slabs.view(copy).getInt32(at - 4));
    slabs.free(copy);
  }
}
