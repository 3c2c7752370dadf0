import { Perms } from '../../protocol/acl.js';
import { AddWatchMode, EventType, WatcherType } from '../../protocol/event.js';
import { parentOf } from '../../protocol/paths.js';
import { FoundWatchers } from './found-watchers.js';
import { WatchKind, WatchMap } from './watch-map.js';

/** What of a node's ACL the watches look at themselves. */
export interface WatchedAcl {
  /** Permission bits everybody has. */
  readonly worldPerms: number;
}

/** Where events go. Called once per change and path, so that the event is encoded once for all its watchers. */
export interface WatchSink<Connection, A extends WatchedAcl> {
  /** `watchers` is reused: valid during the call only. */
  deliver(type: EventType, path: string, watchers: readonly Connection[]): void;
  /** Whether the connection may see an event about a node with this ACL now; asked only when not everybody may. */
  mayRead(connection: Connection, acl: A): boolean;
}

/** Of the data table, for `wchs`: child watches are not in it. */
export interface WatchCounts {
  readonly connections: number;
  readonly paths: number;
  readonly watches: number;
}

const ANY_KIND = WatchKind.standard | WatchKind.persistent | WatchKind.recursive;

/**
 * Who watches what, and who hears of a change (client-protocol 8). Its triggers are those of the tree. Standard,
 * persistent and recursive watches of a connection stand side by side on a path; for one change it hears of each path once.
 */
export class WatchTable<Connection extends object, A extends WatchedAcl> {
  private readonly sink: WatchSink<Connection, A>;
  /** Set by exists and getData; persistent and recursive ones are here, too. */
  private readonly data = new WatchMap<Connection>();
  /** Set by getChildren; persistent ones are here, too. */
  private readonly child = new WatchMap<Connection>();
  /** Who hears of the change at hand: reused. */
  private readonly found = new FoundWatchers<Connection>();

  constructor(sink: WatchSink<Connection, A>) {
    this.sink = sink;
  }

  /** All watches of both tables, for `zk_watch_count`. */
  get size(): number {
    return this.data.size + this.child.size;
  }

  addData(connection: Connection, path: string): void {
    this.data.add(connection, path, WatchKind.standard);
  }

  addChild(connection: Connection, path: string): void {
    this.child.add(connection, path, WatchKind.standard);
  }

  addPersistent(connection: Connection, path: string, mode: AddWatchMode): void {
    if (mode === AddWatchMode.persistentRecursive) {
      this.data.add(connection, path, WatchKind.recursive);
      return;
    }
    this.data.add(connection, path, WatchKind.persistent);
    this.child.add(connection, path, WatchKind.persistent);
  }

  /** Takes the watches of a type away; false when there was none (NOWATCHER). */
  remove(connection: Connection, path: string, type: WatcherType): boolean {
    const { data, child } = kindsOf(type);
    const fromData = this.data.remove(connection, path, data);
    return this.child.remove(connection, path, child) || fromData;
  }

  /** Whether {@link remove} would find something. */
  has(connection: Connection, path: string, type: WatcherType): boolean {
    const { data, child } = kindsOf(type);
    return (this.data.kindsOf(connection, path) & data) !== 0 || (this.child.kindsOf(connection, path) & child) !== 0;
  }

  dropConnection(connection: Connection): void {
    this.data.dropConnection(connection);
    this.child.dropConnection(connection);
  }

  nodeCreated(path: string, acl: A): void {
    this.dataChanged(EventType.nodeCreated, path, acl);
  }

  nodeDataChanged(path: string, acl: A): void {
    this.dataChanged(EventType.nodeDataChanged, path, acl);
  }

  /** Watchers of the node's data and of its children hear of it, each once. */
  nodeDeleted(path: string, acl: A): void {
    if (this.data.size === 0 && this.child.size === 0) return;
    this.collectData(path);
    this.child.collect(path, ANY_KIND, this.found);
    this.deliver(EventType.nodeDeleted, path, acl);
  }

  nodeChildrenChanged(path: string, acl: A): void {
    if (this.child.size === 0) return;
    this.child.collect(path, ANY_KIND, this.found);
    this.deliver(EventType.nodeChildrenChanged, path, acl);
  }

  counts(): WatchCounts {
    return { connections: this.data.connectionCount, paths: this.data.pathCount, watches: this.data.size };
  }

  /** Data-table watches, for `wchp`. */
  *byPath(): IterableIterator<[string, Iterable<Connection>]> {
    for (const [path, watchers] of this.data.byPath()) yield [path, watchers.keys()];
  }

  /** Data-table watches, for `wchc`. */
  byConnection(): IterableIterator<[Connection, ReadonlySet<string>]> {
    return this.data.byConnection();
  }

  private dataChanged(type: EventType, path: string, acl: A): void {
    if (this.data.size === 0) return;
    this.collectData(path);
    this.deliver(type, path, acl);
  }

  private collectData(path: string): void {
    this.data.collect(path, ANY_KIND, this.found);
    if (this.data.recursiveCount === 0 || path === '/') return;
    for (let at = path; at !== '/';) {
      at = parentOf(at);
      this.data.collect(at, WatchKind.recursive, this.found);
    }
  }

  private deliver(type: EventType, path: string, acl: A): void {
    const { found, sink } = this;
    if (found.list.length === 0) return;
    if ((acl.worldPerms & Perms.read) === 0) found.filter((connection) => sink.mayRead(connection, acl));
    if (found.list.length > 0) sink.deliver(type, path, found.list);
    found.clear();
  }
}

/** The kinds of watch a type speaks of, in each table (client-protocol 8.3, as from 3.9 on). */
function kindsOf(type: WatcherType): { data: number; child: number } {
  switch (type) {
    case WatcherType.children:
      return { data: 0, child: WatchKind.standard };
    case WatcherType.data:
      return { data: WatchKind.standard, child: 0 };
    case WatcherType.any:
      return { data: ANY_KIND, child: ANY_KIND };
    case WatcherType.persistent:
      return { data: WatchKind.persistent, child: WatchKind.persistent };
    case WatcherType.persistentRecursive:
      return { data: WatchKind.recursive, child: WatchKind.recursive };
  }
}
