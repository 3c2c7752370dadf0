import type { NodeId } from './node-id.js';
import { NO_NODE } from './node-id.js';
import type { NodeTable } from './node-table.js';
import { Field } from './node-table.js';
import { PagedInts } from './paged-ints.js';

/** A power of 2. */
const BUCKETS_MIN = 256;
/** 2^32 divided by the golden ratio: spreads a hash over all bits. */
const SPREAD = 0x9e3779b1;

/**
 * Finds nodes by the hash of their path. A linear hash table: for every node that comes one bucket is split, so that it
 * never grows by much at a time, with a million nodes neither. Nodes of one bucket are chained through the node table.
 */
export class PathIndex {
  private readonly nodes: NodeTable;
  /** The first node of each bucket. */
  private readonly heads = new PagedInts(NO_NODE);
  private buckets = BUCKETS_MIN;
  /** Buckets up to here are numbered by so many bits of the hash; those from here on, and those they were split from, by one more. */
  private lowMask = BUCKETS_MIN - 1;
  private count = 0;

  constructor(nodes: NodeTable) {
    this.nodes = nodes;
    this.heads.reach(BUCKETS_MIN);
  }

  /** Nodes in it. */
  get size(): number {
    return this.count;
  }

  /** The first node of a hash's bucket; the others follow by `Field.chain`. Some of them have another hash. */
  first(hash: number): NodeId {
    return this.heads.get(this.bucketOf(hash));
  }

  /** The node's hash must be set. */
  add(id: NodeId): void {
    this.push(id);
    if (++this.count > this.buckets) this.split();
  }

  remove(id: NodeId): void {
    const { nodes } = this;
    const bucket = this.bucketOf(nodes.get(id, Field.hash));
    const rest = nodes.get(id, Field.chain);
    let before = this.heads.get(bucket);
    if (before === id) {
      this.heads.set(bucket, rest);
    } else {
      while (nodes.get(before, Field.chain) !== id) before = nodes.get(before, Field.chain);
      nodes.set(before, Field.chain, rest);
    }
    this.count--;
  }

  /** Makes room for so many nodes at once. They are expected: more may come, or fewer. */
  reserve(nodes: number): void {
    if (nodes <= this.buckets) return;
    const ids = this.all();
    this.heads.reach(nodes);
    this.buckets = nodes;
    while (nodes >= 2 * (this.lowMask + 1)) this.lowMask = 2 * this.lowMask + 1;
    for (const id of ids) this.push(id);
  }

  /** Takes all nodes out of their buckets. */
  private all(): NodeId[] {
    const ids: NodeId[] = [];
    for (let bucket = 0; bucket < this.buckets; bucket++) {
      for (let id = this.heads.get(bucket); id !== NO_NODE; id = this.nodes.get(id, Field.chain)) ids.push(id);
      this.heads.set(bucket, NO_NODE);
    }
    return ids;
  }

  private bucketOf(hash: number): number {
    const product = Math.imul(hash, SPREAD);
    const long = (product ^ (product >>> 15)) & (2 * this.lowMask + 1);
    return long < this.buckets ? long : long & this.lowMask;
  }

  private split(): void {
    const from = this.buckets - (this.lowMask + 1);
    this.heads.reach(++this.buckets);
    let id = this.heads.get(from);
    this.heads.set(from, NO_NODE);
    while (id !== NO_NODE) {
      const rest = this.nodes.get(id, Field.chain);
      this.push(id);
      id = rest;
    }
    if (this.buckets === 2 * (this.lowMask + 1)) this.lowMask = this.buckets - 1;
  }

  private push(id: NodeId): void {
    const bucket = this.bucketOf(this.nodes.get(id, Field.hash));
    this.nodes.set(id, Field.chain, this.heads.get(bucket));
    this.heads.set(bucket, id);
  }
}
