import type { NodeId } from './node-id.js';
import { NO_NODE } from './node-id.js';

const PAGE_BITS = 13;
const PAGE_NODES = 1 << PAGE_BITS;
const PAGE_MASK = PAGE_NODES - 1;
const FIELD_BITS = 3;
/** No block is so far below 0. */
const NO_RECORD = -(2 ** 31);

/** What is kept of each node besides its record: eight integers, half a cache line. */
export const Field = {
  /** Where its record is, a BlockRef. */
  record: 0,
  /** The hash of its path. */
  hash: 1,
  /** The next node of the same bucket of the index; of an unused id, the next unused one. */
  chain: 2,
  parent: 3,
  firstChild: 4,
  /** The next child of the same parent; NO_NODE for the last one. */
  next: 5,
  /** The child before; for the first one the last: so new children go to the end. */
  previous: 6,
  /** The slot of its ACL, its kind, and the mark of a snapshot. */
  meta: 7,
} as const;
export type Field = (typeof Field)[keyof typeof Field];

/** The integers of all nodes, by id, in pages: growing copies nothing, and the garbage collector has nothing to walk. */
export class NodeTable {
  private readonly pages: Int32Array[] = [];
  private unused: NodeId = NO_NODE;
  private fresh = 0;

  get(id: NodeId, field: Field): number {
    return this.pages[id >>> PAGE_BITS]![((id & PAGE_MASK) << FIELD_BITS) + field]!;
  }

  set(id: NodeId, field: Field, value: number): void {
    this.pages[id >>> PAGE_BITS]![((id & PAGE_MASK) << FIELD_BITS) + field] = value;
  }

  /** Whether a node has this id now. */
  isUsed(id: NodeId): boolean {
    return id >= 0 && id < this.fresh && this.get(id, Field.record) !== NO_RECORD;
  }

  /** An id for a new node, the one freed last if there is one. Its fields hold anything. */
  take(): NodeId {
    const id = this.unused;
    if (id !== NO_NODE) {
      this.unused = this.get(id, Field.chain);
      return id;
    }
    if (this.fresh === this.pages.length << PAGE_BITS) this.pages.push(new Int32Array(PAGE_NODES << FIELD_BITS));
    return this.fresh++;
  }

  free(id: NodeId): void {
    this.set(id, Field.record, NO_RECORD);
    this.set(id, Field.chain, this.unused);
    this.unused = id;
  }
}
