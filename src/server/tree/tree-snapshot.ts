import type { Zxid } from '../../protocol/zxid.js';
import type { AclList } from './acl-list.js';
import type { StoredZnode } from './stored-znode.js';
import type { Znode } from './znode.js';

/**
 * The whole tree at one moment, handed out node by node while later transactions are applied: the writer takes as many
 * nodes a turn as it likes. A node that changes before its turn is copied first; every other is handed out as it is.
 *
 * The order rests on the store's map, which keeps nodes in the order they were put in: a parent always before its
 * children. Nodes deleted meanwhile come last, latest deletion first, because children are deleted before parents.
 */
export class TreeSnapshot {
  /** Of the moment. */
  readonly zxid: Zxid;
  readonly digest: bigint;
  /** Every list a node of the snapshot may hold, but not the open one (key -1). */
  readonly aclTable: readonly AclList[];
  private readonly nodes: Iterator<StoredZnode, undefined>;
  private readonly mark: number;
  private readonly onClose: () => void;
  /** As they were, of nodes changed before their turn. */
  private readonly copies = new Map<StoredZnode, StoredZnode>();
  /** As they were, of nodes deleted before their turn. */
  private readonly deleted: StoredZnode[] = [];

  constructor(options: {
    nodes: Iterator<StoredZnode, undefined>;
    mark: number;
    zxid: Zxid;
    digest: bigint;
    aclTable: readonly AclList[];
    onClose: () => void;
  }) {
    this.nodes = options.nodes;
    this.mark = options.mark;
    this.zxid = options.zxid;
    this.digest = options.digest;
    this.aclTable = options.aclTable;
    this.onClose = options.onClose;
  }

  /** The next node, parents before children, the root first; null at the end. Valid until the next transaction. */
  next(): Znode | null {
    for (;;) {
      const { value: node, done } = this.nodes.next();
      if (done === true) return this.deleted.pop() ?? null;
      if (node.captureMark !== this.mark) {
        node.captureMark = this.mark;
        return node;
      }
      const copy = this.copies.get(node);
      if (copy !== undefined) {
        this.copies.delete(node);
        return copy;
      }
    }
  }

  /** Must be called when done or given up: until then the tree keeps copies of what changes. */
  close(): void {
    this.copies.clear();
    this.deleted.length = 0;
    this.onClose();
  }

  /** @internal The store is about to change a node. */
  changing(node: StoredZnode): void {
    if (node.captureMark === this.mark) return;
    node.captureMark = this.mark;
    this.copies.set(node, node.copy());
  }

  /** @internal The store has put a node in: not of this moment. */
  added(node: StoredZnode): void {
    node.captureMark = this.mark;
  }

  /** @internal The store is taking a node out, its children being out already. */
  removed(node: StoredZnode): void {
    if (node.captureMark !== this.mark) {
      node.captureMark = this.mark;
      this.deleted.push(node);
      return;
    }
    const copy = this.copies.get(node);
    if (copy === undefined) return;
    this.copies.delete(node);
    this.deleted.push(copy);
  }
}
