import type { NodeId } from './node-id.js';
import { NO_NODE } from './node-id.js';
import type { NodeTable } from './node-table.js';
import { Field } from './node-table.js';

/** Who is whose child. The children of a node are a list in the order they came. */
export class NodeLinks {
  private readonly nodes: NodeTable;

  constructor(nodes: NodeTable) {
    this.nodes = nodes;
  }

  parent(id: NodeId): NodeId {
    return this.nodes.get(id, Field.parent);
  }

  first(id: NodeId): NodeId {
    return this.nodes.get(id, Field.firstChild);
  }

  next(id: NodeId): NodeId {
    return this.nodes.get(id, Field.next);
  }

  /** Of a node without parent or children. */
  start(id: NodeId): void {
    this.nodes.set(id, Field.parent, NO_NODE);
    this.nodes.set(id, Field.firstChild, NO_NODE);
    this.nodes.set(id, Field.next, NO_NODE);
    this.nodes.set(id, Field.previous, id);
  }

  /** Makes a new node the last child. */
  append(parent: NodeId, id: NodeId): void {
    const { nodes } = this;
    this.start(id);
    nodes.set(id, Field.parent, parent);
    const first = nodes.get(parent, Field.firstChild);
    if (first === NO_NODE) {
      nodes.set(parent, Field.firstChild, id);
      return;
    }
    const last = nodes.get(first, Field.previous);
    nodes.set(last, Field.next, id);
    nodes.set(id, Field.previous, last);
    nodes.set(first, Field.previous, id);
  }

  unlink(id: NodeId): void {
    const { nodes } = this;
    const parent = nodes.get(id, Field.parent);
    const first = nodes.get(parent, Field.firstChild);
    const next = nodes.get(id, Field.next);
    const previous = nodes.get(id, Field.previous);
    if (first === id) nodes.set(parent, Field.firstChild, next);
    else nodes.set(previous, Field.next, next);
    if (next !== NO_NODE) nodes.set(next, Field.previous, previous);
    else if (first !== id) nodes.set(first, Field.previous, previous);
  }

  /** The next node in depth-first order, parents first, among those below the root; NO_NODE after the last. */
  following(id: NodeId): NodeId {
    const child = this.first(id);
    return child === NO_NODE ? this.followingSubtree(id) : child;
  }

  /** The same, leaving out what is below `id`. */
  followingSubtree(id: NodeId): NodeId {
    for (let at = id; at !== NO_NODE; at = this.parent(at)) {
      const next = this.next(at);
      if (next !== NO_NODE) return next;
    }
    return NO_NODE;
  }
}
