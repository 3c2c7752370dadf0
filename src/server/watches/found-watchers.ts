/** Lists up to this long are searched, longer ones get a set. */
const SHORT = 8;

/** Who hears of one change, each once: a list that is reused from change to change. */
export class FoundWatchers<Connection extends object> {
  readonly list: Connection[] = [];
  private known: Set<Connection> | null = null;

  /** For one that cannot be there yet. */
  append(connection: Connection): void {
    this.list.push(connection);
    this.known?.add(connection);
  }

  /** For one that may be there already. */
  add(connection: Connection): void {
    if (!this.has(connection)) this.append(connection);
  }

  /** Keeps those the test passes. */
  filter(keep: (connection: Connection) => boolean): void {
    let kept = 0;
    for (const connection of this.list) {
      if (keep(connection)) this.list[kept++] = connection;
    }
    this.list.length = kept;
  }

  clear(): void {
    this.list.length = 0;
    this.known = null;
  }

  private has(connection: Connection): boolean {
    if (this.known === null && this.list.length <= SHORT) return this.list.includes(connection);
    this.known ??= new Set(this.list);
    return this.known.has(connection);
  }
}
