import type { Zxid } from '../../protocol/zxid.js';
import { ChangeQueue } from './change-queue.js';
import { ChangeRecord } from './change-record.js';
import type { DataTree } from './data-tree.js';
import { DigestSum } from './digest-sum.js';
import { EphemeralIndex } from './ephemeral-index.js';
import { contentCrc, nodeDigest } from './node-digest.js';
import { NodeKind } from './node-kind.js';
import type { NodeState } from './node-state.js';

/**
 * The tree as it will be once every prepared transaction is applied: records of what has changed, over the committed tree.
 * A node has one record, which later transactions change on; it goes when the last of them is applied. A multi can take
 * back what it has changed so far; anything else changes only when it can no longer fail.
 */
export class OutstandingChanges {
  readonly tree: DataTree;
  private readonly records = new Map<string, ChangeRecord>();
  private readonly queue = new ChangeQueue();
  /** Records that are ephemerals, by owner. */
  private readonly ephemerals = new EphemeralIndex<string>();
  /** Of the tree after the last prepared transaction. */
  private readonly digest = new DigestSum();
  /** While a multi is prepared: what each of its records replaced, and the digest before. */
  private undo: (ChangeRecord | undefined)[] | null = null;
  private readonly digestBefore = new DigestSum();

  constructor(tree: DataTree) {
    this.tree = tree;
  }

  /** Changes that wait for their transaction to be applied. */
  get size(): number {
    return this.queue.size;
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
    const record = this.records.get(path);
    if (record === undefined) return this.tree.find(path);
    return record.exists ? record : undefined;
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
  add(node: NodeState, zxid: Zxid): void {
    this.seal(this.put(new ChangeRecord(node, zxid), zxid), true);
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
      const { path } = this.queue.pop()!;
      this.replace(path, undo[i]);
    }
    this.undo = null;
    this.digest.copyFrom(this.digestBefore);
  }

  /** Everything up to `zxid` has been applied to the tree. */
  committed(zxid: Zxid): void {
    for (let record = this.queue.shiftUpTo(zxid); record !== null; record = this.queue.shiftUpTo(zxid)) {
      if (record.zxid <= zxid && this.records.get(record.path) === record) this.replace(record.path, undefined);
    }
  }

  /** What a session will own, sorted. */
  ephemeralsOf(sessionId: bigint): string[] {
    const owned = [...this.ephemerals.of(sessionId)];
    for (const path of this.tree.ephemeralsOf(sessionId)) {
      if (!this.records.has(path)) owned.push(path);
    }
    return owned.sort();
  }

  /** Nodes with a pending change. */
  changed(): IterableIterator<ChangeRecord> {
    return this.records.values();
  }

  private put(record: ChangeRecord, zxid: Zxid): ChangeRecord {
    const replaced = this.replace(record.path, record);
    this.undo?.push(replaced);
    this.queue.push(record, zxid);
    return record;
  }

  private replace(path: string, record: ChangeRecord | undefined): ChangeRecord | undefined {
    const before = this.records.get(path);
    if (before !== undefined && isOwned(before)) this.ephemerals.remove(before.owner, path);
    if (record === undefined) this.records.delete(path);
    else {
      this.records.set(path, record);
      if (isOwned(record)) this.ephemerals.add(record.owner, path);
    }
    return before;
  }
}

function isOwned(record: ChangeRecord): boolean {
  return record.exists && record.kind === NodeKind.ephemeral;
}
