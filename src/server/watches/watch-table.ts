import type { EventType } from '../../protocol/event.js';

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

export interface WatchCounts {
  /** Connections, paths and watches of the data table, for `wchs` (child watches are not in it). */
  readonly connections: number;
  readonly paths: number;
  readonly watches: number;
}

/** Who watches what (client-protocol 8). Its triggers are those of the tree. */
export declare class WatchTable<Connection extends object, A extends WatchedAcl> {
  constructor(sink: WatchSink<Connection, A>);
  addData(connection: Connection, path: string): void;
  addChild(connection: Connection, path: string): void;
  /** `mode`: AddWatchMode. */
  addPersistent(connection: Connection, path: string, mode: number): void;
  /** `type`: WatcherType; false when there was nothing to remove (NOWATCHER). */
  remove(connection: Connection, path: string, type: number): boolean;
  has(connection: Connection, path: string, type: number): boolean;
  dropConnection(connection: Connection): void;
  nodeCreated(path: string, acl: A): void;
  nodeDataChanged(path: string, acl: A): void;
  nodeDeleted(path: string, acl: A): void;
  nodeChildrenChanged(path: string, acl: A): void;
  /** All watches of both tables, for `zk_watch_count`. */
  get size(): number;
  counts(): WatchCounts;
  /** Data-table watches, for `wchp` and `wchc`. */
  byPath(): Iterable<readonly [string, Iterable<Connection>]>;
  byConnection(): Iterable<readonly [Connection, Iterable<string>]>;
}
