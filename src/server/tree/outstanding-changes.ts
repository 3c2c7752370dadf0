import type { Zxid } from '../../protocol/zxid.js';
import type { Chained } from './chain-table.js';
import { ChainTable } from './chain-table.js';
import { ChangeQueue } from './change-queue.js';
import { ChangeRecord, NO_HASH } from './change-record.js';
import type { DataTree } from './data-tree.js';
import { DigestSum } from './digest-sum.js';
import { EphemeralIndex } from './ephemeral-index.js';
import { contentCrc, nodeDigest } from './node-digest.js';
import type { NodeId } from './node-id.js';
import { NO_NODE } from './node-id.js';
import { NodeKind } from './node-kind.js';
import type { NodeState } from './node-state.js';
import type { SetInPlace } from './set-in-place.js';
import { StoredZnode } from './stored-znode.js';

/**
 * The tree as it will be once every prepared transaction is applied: records of what has changed, over the committed tree.
 * A node has one record, which later transactions change on; it goes when the last of them is applied. A multi can take
 * back what it has changed so far; anything else changes only when it can no longer fail.
 *
 * A node to which nothing has happened but sets in place has no record: the last of them says what they made of it.
 */
export class OutstandingChanges {
  readonly tree: DataTree;
  /** Of nodes that are in the tree. */
  private readonly records = new ChainTable<ChangeRecord>();
  /** Of nodes that were not when their record was made: they, too, may have come into the tree since. */
  private readonly unborn = new ChainTable<ChangeRecord>();
  private readonly queue = new ChangeQueue();
  /** The last set in place of each node that has one. */
  private readonly sets = new ChainTable<SetInPlace>();
  private setCount = 0;
  /** Records that are ephemerals, by owner. */
  private readonly ephemerals = new EphemeralIndex<string>();
  /** Of the tree after the last prepared transaction. */
  readonly digest = new DigestSum();
  /** While a multi is prepared: what each of its records replaced, and the digest before. */
  private undo: (ChangeRecord | null)[] | null = null;
  private readonly digestBefore = new DigestSum();

  constructor(tree: DataTree) {
    this.tree = tree;
  }

  /** Changes that wait for their transaction to be applied. */
  get size(): number {
    return this.queue.size + this.setCount;
  }

  /** Before each transaction: while nothing is pending the tree may change in other ways (a load). */
  begin(): void {
    if (this.size === 0) this.digest.copyFrom(this.tree.digestSum);
  }

  /** Unsigned 64 bits. */
  get treeDigest(): bigint {
    return this.digest.value();
  }

  find(path: string): NodeState | undefined {
    const { paths } = this.tree.store;
    const { bytes, start, end } = paths.encode(path);
    const hash = paths.hashOf(bytes, start, end);
    const record = this.unbornAt(path, hash);
    if (record !== null) return record.exists ? record : undefined;
    const node = paths.findHashed(hash, bytes, start, end);
    return node === NO_NODE ? undefined : this.stateOf(node, path);
  }

  /** Whether a node of the tree has a record, and is not what the tree and its last set in place say. */
  hasRecord(node: NodeId, { bytes, pathStart, pathEnd }: SetInPlace): boolean {
    if (ofNode(this.records, node) !== null) return true;
    if (this.unborn.size === 0) return false;
    const hash = this.tree.store.paths.hashOf(bytes, pathStart, pathEnd);
    return this.unborn.first(hash) !== null && this.unbornAt(bytes.toString('utf8', pathStart, pathEnd), hash) !== null;
  }

  /** The last set in place of a node without a record. */
  lastSet(node: NodeId): SetInPlace | null {
    return ofNode(this.sets, node);
  }

  /** The set is prepared. */
  addSet(set: SetInPlace): void {
    const last = this.lastSet(set.node);
    if (last !== null) this.sets.remove(last);
    this.sets.add(set);
    this.setCount++;
    if (!this.tree.options.digestEnabled) return;
    this.digest.subtract(set.digestBefore);
    this.digest.add(set.digest);
  }

  /** The set is applied: the object may be used for another one. */
  dropSet(set: SetInPlace): void {
    if (this.lastSet(set.node) === set) this.sets.remove(set);
    this.setCount--;
  }

  /** The node's record in transaction `zxid`, to be changed and then sealed. Neither its owner nor its being may change. */
  edit(node: NodeState, zxid: Zxid): ChangeRecord {
    this.digest.subtract(node.digest);
    if (!(node instanceof ChangeRecord)) return this.put(new ChangeRecord(node, zxid), zxid);
    if (node.zxid === zxid) return node;
    if (this.undo !== null) return this.put(new ChangeRecord(node, zxid), zxid);
    node.sequence = node.storedCversion;
    node.zxid = zxid;
    this.queue.push(node, zxid);
    return node;
  }

  /** Ends the change of a node that stays. `contentChanged`: its data is another. */
  seal(record: ChangeRecord, contentChanged = false): void {
    if (!this.tree.options.digestEnabled) return;
    if (contentChanged) record.contentCrc = contentCrc(record);
    record.digest = nodeDigest(record) | 0;
    this.digest.add(record.digest);
  }

  /** A node that comes to be. */
  add(node: NodeState, zxid: Zxid): ChangeRecord {
    const record = this.put(new ChangeRecord(node, zxid), zxid);
    this.seal(record, true);
    return record;
  }

  remove(node: NodeState, zxid: Zxid): void {
    this.digest.subtract(node.digest);
    const record = new ChangeRecord(node, zxid);
    record.exists = false;
    this.put(record, zxid);
  }

  /** From here on {@link rollBack} can take everything back. */
  beginMulti(): void {
    this.undo = [];
    this.digestBefore.copyFrom(this.digest);
  }

  endMulti(): void {
    this.undo = null;
  }

  rollBack(): void {
    const undo = this.undo ?? [];
    for (let i = undo.length - 1; i >= 0; i--) {
      const record = this.queue.pop()!;
      const before = undo[i] ?? null;
      if (before === null) this.takeOut(record);
      else this.putIn(before);
    }
    this.undo = null;
    this.digest.copyFrom(this.digestBefore);
  }

  /** Everything up to `zxid` has been applied to the tree. Call it before anything else is prepared: ids are used again. */
  committed(zxid: Zxid): void {
    for (let record = this.queue.shiftUpTo(zxid); record !== null; record = this.queue.shiftUpTo(zxid)) {
      if (record.zxid <= zxid && this.recordLike(record) === record) this.takeOut(record);
    }
  }

  /** What a session will own, sorted. */
  ephemeralsOf(sessionId: bigint): string[] {
    const owned = [...this.ephemerals.of(sessionId)];
    const { store } = this.tree;
    for (const path of this.tree.ephemeralsOf(sessionId)) {
      if (!this.isUnborn(path) && ofNode(this.records, store.find(path)) === null) owned.push(path);
    }
    return owned.sort();
  }

  /** Nodes with a pending change, each once. */
  *changed(): IterableIterator<{ readonly path: string; readonly exists: boolean; readonly dataLength: number }> {
    yield* this.unborn.values();
    for (const record of this.records.values()) if (!this.isUnborn(record.path)) yield record;
    for (const { node, path, dataLength } of this.sets.values()) {
      if (ofNode(this.records, node) === null && !this.isUnborn(path)) yield { path, exists: true, dataLength };
    }
  }

  private stateOf(node: NodeId, path: string): NodeState | undefined {
    const record = ofNode(this.records, node);
    if (record !== null) return record.exists ? record : undefined;
    const stored = new StoredZnode(this.tree.store, node, path === '' ? '/' : path);
    const set = this.lastSet(node);
    return set === null ? stored : afterSet(stored, set);
  }

  private put(record: ChangeRecord, zxid: Zxid): ChangeRecord {
    const replaced = this.putIn(record);
    this.undo?.push(replaced);
    this.queue.push(record, zxid);
    return record;
  }

  private isUnborn(path: string): boolean {
    return this.unborn.size > 0 && this.unbornAt(path, this.hashOf(path)) !== null;
  }

  private unbornAt(path: string, hash: number): ChangeRecord | null {
    for (let at = this.unborn.first(hash); at !== null; at = at.next) if (at.path === path) return at;
    return null;
  }

  private hashOf(path: string): number {
    const { paths } = this.tree.store;
    const { bytes, start, end } = paths.encode(path);
    return paths.hashOf(bytes, start, end);
  }

  /** The record that this one is, has replaced, or was replaced by. */
  private recordLike({ node, path, hash }: ChangeRecord): ChangeRecord | null {
    return node === NO_NODE ? this.unbornAt(path, hash) : ofNode(this.records, node);
  }

  private putIn(record: ChangeRecord): ChangeRecord | null {
    if (record.node === NO_NODE && record.hash === NO_HASH) record.hash = this.hashOf(record.path);
    const before = this.recordLike(record);
    if (before !== null) this.takeOut(before);
    this.tableOf(record).add(record);
    if (isOwned(record)) this.ephemerals.add(record.owner, record.path);
    return before;
  }

  private takeOut(record: ChangeRecord): void {
    if (isOwned(record)) this.ephemerals.remove(record.owner, record.path);
    this.tableOf(record).remove(record);
  }

  private tableOf({ node }: ChangeRecord): ChainTable<ChangeRecord> {
    return node === NO_NODE ? this.unborn : this.records;
  }
}

function ofNode<T extends Chained<T> & { readonly node: NodeId }>(table: ChainTable<T>, node: NodeId): T | null {
  let at = table.first(node);
  while (at !== null && at.node !== node) at = at.next;
  return at;
}

function isOwned(record: ChangeRecord): boolean {
  return record.exists && record.kind === NodeKind.ephemeral;
}

/** What a set in place that is not applied yet makes of a node. The data are copied: the set's own go when it is applied. */
function afterSet(node: NodeState, set: SetInPlace): NodeState {
  return {
    path: node.path,
    node: node.node,
    data: set.data,
    dataLength: set.dataLength,
    acl: node.acl,
    kind: node.kind,
    owner: node.owner,
    czxid: node.czxid,
    mzxid: set.mzxid,
    pzxid: node.pzxid,
    ctime: node.ctime,
    mtime: set.mtime,
    version: set.version,
    storedCversion: node.storedCversion,
    aversion: node.aversion,
    numChildren: node.numChildren,
    pathCrc: node.pathCrc,
    contentCrc: set.contentCrc,
    digest: set.digest,
  };
}
