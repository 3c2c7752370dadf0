const NONE: ReadonlySet<string> = new Set<string>();

/** Which ephemerals each session owns. */
export class EphemeralIndex {
  private readonly byOwner = new Map<bigint, Set<string>>();
  private total = 0;

  /** Ephemerals of all sessions. */
  get size(): number {
    return this.total;
  }

  add(owner: bigint, path: string): void {
    let paths = this.byOwner.get(owner);
    if (paths === undefined) {
      paths = new Set();
      this.byOwner.set(owner, paths);
    }
    paths.add(path);
    this.total++;
  }

  remove(owner: bigint, path: string): void {
    const paths = this.byOwner.get(owner);
    if (paths === undefined || !paths.delete(path)) return;
    this.total--;
    if (paths.size === 0) this.byOwner.delete(owner);
  }

  of(owner: bigint): ReadonlySet<string> {
    return this.byOwner.get(owner) ?? NONE;
  }

  owners(): IterableIterator<[bigint, ReadonlySet<string>]> {
    return this.byOwner.entries();
  }
}
