/** Which ephemerals each session owns: their paths, or their ids. */
export class EphemeralIndex<T> {
  private readonly byOwner = new Map<bigint, Set<T>>();
  private readonly none: ReadonlySet<T> = new Set<T>();
  private total = 0;

  /** Ephemerals of all sessions. */
  get size(): number {
    return this.total;
  }

  add(owner: bigint, node: T): void {
    let nodes = this.byOwner.get(owner);
    if (nodes === undefined) {
      nodes = new Set();
      this.byOwner.set(owner, nodes);
    }
    nodes.add(node);
    this.total++;
  }

  remove(owner: bigint, node: T): void {
    const nodes = this.byOwner.get(owner);
    if (nodes === undefined || !nodes.delete(node)) return;
    this.total--;
    if (nodes.size === 0) this.byOwner.delete(owner);
  }

  of(owner: bigint): ReadonlySet<T> {
    return this.byOwner.get(owner) ?? this.none;
  }

  owners(): IterableIterator<[bigint, ReadonlySet<T>]> {
    return this.byOwner.entries();
  }
}
