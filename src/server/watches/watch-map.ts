import type { FoundWatchers } from './found-watchers.js';

/** Kinds of watch one connection may have on one path, side by side. */
export const WatchKind = { standard: 1, persistent: 2, recursive: 4 } as const;

/** One of the two tables of watches: which connections watch which paths, and how. */
export class WatchMap<Connection extends object> {
  /** Path -> connection -> bits of WatchKind. */
  private readonly paths = new Map<string, Map<Connection, number>>();
  private readonly connections = new Map<Connection, Set<string>>();
  private watchCount = 0;
  private recursiveWatchCount = 0;

  /** Watches; several kinds on one path count once. */
  get size(): number {
    return this.watchCount;
  }

  get pathCount(): number {
    return this.paths.size;
  }

  get connectionCount(): number {
    return this.connections.size;
  }

  get recursiveCount(): number {
    return this.recursiveWatchCount;
  }

  add(connection: Connection, path: string, kind: number): void {
    let watchers = this.paths.get(path);
    if (watchers === undefined) {
      watchers = new Map();
      this.paths.set(path, watchers);
    }
    const kinds = watchers.get(connection) ?? 0;
    if (kinds === 0) this.link(connection, path);
    this.set(watchers, connection, { before: kinds, after: kinds | kind });
  }

  /** The bits of WatchKind there are. */
  kindsOf(connection: Connection, path: string): number {
    return this.paths.get(path)?.get(connection) ?? 0;
  }

  /** Takes some kinds away; whether there was one of them. */
  remove(connection: Connection, path: string, kinds: number): boolean {
    const watchers = this.paths.get(path);
    const before = watchers?.get(connection) ?? 0;
    if (watchers === undefined || (before & kinds) === 0) return false;
    const after = before & ~kinds;
    this.set(watchers, connection, { before, after });
    if (after === 0) {
      this.unlink(connection, path);
      if (watchers.size === 0) this.paths.delete(path);
    }
    return true;
  }

  /** Who watches a path in one of these ways goes into `found`; standard watches among them are used up. */
  collect(path: string, kinds: number, found: FoundWatchers<Connection>): void {
    const watchers = this.paths.get(path);
    if (watchers === undefined) return;
    const isFirst = found.list.length === 0;
    for (const [connection, has] of watchers) {
      if ((has & kinds) === 0) continue;
      if (isFirst) found.append(connection);
      else found.add(connection);
      if ((has & kinds & WatchKind.standard) !== 0) this.remove(connection, path, WatchKind.standard);
    }
  }

  dropConnection(connection: Connection): void {
    const paths = this.connections.get(connection);
    if (paths === undefined) return;
    for (const path of [...paths]) this.remove(connection, path, -1);
  }

  byPath(): IterableIterator<[string, ReadonlyMap<Connection, number>]> {
    return this.paths.entries();
  }

  byConnection(): IterableIterator<[Connection, ReadonlySet<string>]> {
    return this.connections.entries();
  }

  private set(
    watchers: Map<Connection, number>,
    connection: Connection,
    { before, after }: { before: number; after: number },
  ): void {
    if (after === 0) watchers.delete(connection);
    else watchers.set(connection, after);
    this.watchCount += Math.sign(after) - Math.sign(before);
    this.recursiveWatchCount += (after & WatchKind.recursive) / WatchKind.recursive;
    this.recursiveWatchCount -= (before & WatchKind.recursive) / WatchKind.recursive;
  }

  private link(connection: Connection, path: string): void {
    let paths = this.connections.get(connection);
    if (paths === undefined) {
      paths = new Set();
      this.connections.set(connection, paths);
    }
    paths.add(path);
  }

  private unlink(connection: Connection, path: string): void {
    const paths = this.connections.get(connection);
    if (paths === undefined) return;
    paths.delete(path);
    if (paths.size === 0) this.connections.delete(connection);
  }
}
