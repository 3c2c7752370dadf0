import type { Zxid } from '../../protocol/zxid.js';
import { ChangeRecord } from './change-record.js';
import type { DataTree } from './data-tree.js';
import { DigestSum } from './digest-sum.js';
import { contentCrc, nodeDigest } from './node-digest.js';
import { NodeKind } from './node-kind.js';
import type { NodeState } from './node-state.js';

/** Dropped entries at the front of the queue before it is cut. */
const QUEUE_SLACK = 1024;

/**
 * The tree as it will be once every prepared transaction is applied: records of what has changed, over the committed tree.
 * A multi can take back what it has changed so far; anything else changes only what can no longer fail.
 */
export class OutstandingChanges {
  readonly tree: DataTree;
  private readonly current = new Map<string, ChangeRecord>();
  /** Every record in the order of its transaction, until that is applied; `head` is the first one left. */
  private queue: ChangeRecord[] = [];
  private head = 0;
  /** Pending ephemerals by owner: paths whose current record is one. */
  private readonly ephemerals = new Map<bigint, Set<string>>();
  /** Of the tree after the last prepared transaction. */
  private readonly digest = new DigestSum();
  /** While a multi is prepared: what each new record replaced, and the digest before. */
  private undo: (ChangeRecord | undefined)[] | null = null;
  private readonly digestBefore = new DigestSum();

  constructor(tree: DataTree) {
    this.tree = tree;
  }

  /** Records that wait for their transaction to be applied. */
  get size(): number {
    return this.queue.length - this.head;
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
    const record = this.current.get(path);
    if (record === undefined) return this.tree.find(path);
    return record.exists ? record : undefined;
  }

  /** The node's record in transaction `zxid`, to be changed and then sealed. */
  edit(node: NodeState, zxid: Zxid): ChangeRecord {
    this.digest.subtract(node.digest);
    if (this.undo === null && node instanceof ChangeRecord && node.zxid === zxid) return node;
    const record = new ChangeRecord(node, zxid);
    this.put(record);
    return record;
  }

  /** Ends the change of a node that stays. `contentChanged`: its data is another. */
  seal(record: ChangeRecord, contentChanged = false): void {
    if (!this.tree.options.digestEnabled) return;
    if (contentChanged) record.contentCrc = contentCrc(record.path, record.data);
    record.digest = nodeDigest(record);
    this.digest.add(record.digest);
  }

  /** A node that comes to be. */
  add(node: Omit<NodeState, 'contentCrc' | 'digest'>, zxid: Zxid): void {
    const record = new ChangeRecord({ ...node, contentCrc: 0, digest: 0 }, zxid);
    this.put(record);
    this.seal(record, true);
  }

  remove(node: NodeState, zxid: Zxid): void {
    this.digest.subtract(node.digest);
    const record = new ChangeRecord(node, zxid);
    record.exists = false;
    this.put(record);
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
    for (let replaced = undo.length - 1; replaced >= 0; replaced--) {
      const record = this.queue.pop()!;
      this.setCurrent(record.path, undo[replaced]);
    }
    this.undo = null;
    this.digest.copyFrom(this.digestBefore);
  }

  /** Everything up to `zxid` has been applied to the tree. */
  committed(zxid: Zxid): void {
    while (this.head < this.queue.length && this.queue[this.head]!.zxid <= zxid) {
      const record = this.queue[this.head++]!;
      if (this.current.get(record.path) === record) this.setCurrent(record.path, undefined);
    }
    if (this.head === this.queue.length) {
      this.queue.length = 0;
      this.head = 0;
    } else if (this.head >= QUEUE_SLACK && this.head * 2 >= this.queue.length) {
      this.queue = this.queue.slice(this.head);
      this.head = 0;
    }
  }

  /** What a session will own, sorted. */
  ephemeralsOf(sessionId: bigint): string[] {
    const owned = [...(this.ephemerals.get(sessionId) ?? [])];
    for (const path of this.tree.ephemeralsOf(sessionId)) {
      if (!this.current.has(path)) owned.push(path);
    }
    return owned.sort();
  }

  /** Nodes with a pending change. */
  changed(): IterableIterator<ChangeRecord> {
    return this.current.values();
  }

  private put(record: ChangeRecord): void {
    this.undo?.push(this.current.get(record.path));
    this.queue.push(record);
    this.setCurrent(record.path, record);
  }

  private setCurrent(path: string, record: ChangeRecord | undefined): void {
    const before = this.current.get(path);
    if (before !== undefined && isOwned(before)) this.disown(before);
    if (record === undefined) {
      this.current.delete(path);
      return;
    }
    this.current.set(path, record);
    if (isOwned(record)) this.own(record);
  }

  private own(record: ChangeRecord): void {
    let paths = this.ephemerals.get(record.owner);
    if (paths === undefined) {
      paths = new Set();
      this.ephemerals.set(record.owner, paths);
    }
    paths.add(record.path);
  }

  private disown(record: ChangeRecord): void {
    const paths = this.ephemerals.get(record.owner);
    if (paths !== undefined && paths.delete(record.path) && paths.size === 0) this.ephemerals.delete(record.owner);
  }
}

function isOwned(record: ChangeRecord): boolean {
  return record.exists && record.kind === NodeKind.ephemeral;
}
