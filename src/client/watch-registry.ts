import { ErrorCode } from '../protocol/error-codes.js';
import { AddWatchMode, EventType, WatcherType } from '../protocol/event.js';
import { OpCode } from '../protocol/op-codes.js';
import { parentOf } from '../protocol/paths.js';
import type { Zxid } from '../protocol/zxid.js';
import type { ReplyHook } from './call.js';
import type { WatchTable } from './local-watch.js';
import { LocalWatch } from './local-watch.js';
import type { WatchEventType, WatchKind } from './watch-event.js';
import { missingItems, wantedItems } from './watch-replay.js';
import { WatchReplayer } from './watch-replayer.js';
import type { WatchWire } from './watch-wire.js';
import { WatchedPath } from './watched-path.js';

export interface WatchRegistryLimits {
  /** Events kept for a slow reader of one watch. */
  readonly eventsMax: number;
  /** Paths in one setWatches request. */
  readonly replayBytesMax: number;
}

/** A watch that a request is about to set. */
export interface WatchIntent {
  readonly watch: LocalWatch;
  /** The request must ask the server for it; false when a standing watch on the path already reports its events. */
  readonly onWire: boolean;
  /** For addWatch. */
  readonly mode: AddWatchMode;
  /** Must be told how the request fared, in the order of the wire. */
  readonly hook: ReplyHook;
}

interface Settlement {
  readonly rc: number | null;
  readonly wanted: boolean;
  /** What the request counted on, or set on the server itself, is still there. */
  readonly isSure: boolean;
}

type PendingField = 'pendingData' | 'pendingChildren' | 'pendingPersistent' | 'pendingRecursive';

const pendingFields: Record<WatchKind, PendingField> = {
  data: 'pendingData',
  exists: 'pendingData',
  children: 'pendingChildren',
  persistent: 'pendingPersistent',
  recursive: 'pendingRecursive',
};

const eventTypes: ReadonlyMap<number, WatchEventType> = new Map<number, WatchEventType>([
  [EventType.nodeCreated, 'created'],
  [EventType.nodeDeleted, 'deleted'],
  [EventType.nodeDataChanged, 'dataChanged'],
  [EventType.nodeChildrenChanged, 'childrenChanged'],
]);

const dataTables: readonly WatchTable[] = ['data', 'missing'];
const oneShotTables: readonly WatchTable[] = ['data', 'missing', 'children'];

/**
 * The client's side of all watches. The server keeps one watch a path and kind, callers have as many handles as they
 * like: this keeps the two in agreement. A watch is entered when the reply that set it arrives, so that an event is never
 * older than what its handle has seen (client-protocol 11.5).
 *
 * Servers before 3.9 keep one mode a path: a later registration replaces an earlier one of another kind (8.3). Therefore
 * data watches on a path with a standing (persistent or recursive) watch are served by that one; where both standing kinds
 * are wanted, the server is asked for the recursive one and childrenChanged is made up from the children's events; and when
 * a standing watch goes, everything on the path is removed and what is still wanted is set again by setWatches, whose
 * catch-up rules leave no gap.
 */
export class WatchRegistry {
  private readonly paths = new Map<string, WatchedPath>();
  private readonly wire: WatchWire;
  private readonly limits: WatchRegistryLimits;
  private readonly replayer: WatchReplayer;
  private recursiveCount = 0;
  private connections = 0;

  constructor(wire: WatchWire, limits: WatchRegistryLimits) {
    this.wire = wire;
    this.limits = limits;
    const paths = {
      at: (path: string) => this.at(path),
      find: (path: string) => this.paths.get(path),
      reconcile: (at: WatchedPath) => void this.reconcile(at),
    };
    this.replayer = new WatchReplayer(wire, paths, limits.replayBytesMax);
  }

  /** Paths with a watch, or with one under way. */
  get pathCount(): number {
    return this.paths.size;
  }

  /** Announces a request that sets a watch. `path` is the server's. */
  intend(kind: WatchKind, path: string, chroot: string): WatchIntent {
    const at = this.at(path);
    const { eventsMax } = this.limits;
    const watch = new LocalWatch({ kind, path, chroot, eventsMax, release: this.release });
    const isRecursive = kind === 'recursive' || at.recursive > 0 || at.pendingRecursive > 0;
    const covered = kind === 'children' ? at.coversChildren : at.coversData || at.wantsStanding;
    const { removals } = at;
    const { connections } = this;
    at[pendingFields[kind]]++;
    const intent: WatchIntent = {
      watch,
      onWire: !watch.firesOnce || !covered,
      mode: isRecursive ? AddWatchMode.persistentRecursive : AddWatchMode.persistent,
      hook: (rc, wanted) => {
        // A removal of everything on the path undoes what an earlier request has set; and a watch that was to serve this
        // one was that of another connection.
        const isSure = at.removals === removals && (intent.onWire || this.connections === connections);
        this.settled(at, intent, { rc, wanted, isSure });
      },
    };
    return intent;
  }

  /** An event came from the server. */
  dispatch(typeNumber: number, path: string, zxid: Zxid | null): void {
    const type = eventTypes.get(typeNumber);
    if (type === undefined) return;
    const at = this.paths.get(path);
    if (at !== undefined) this.dispatchAt(at, type, zxid);
    if (type === 'childrenChanged') return;
    if (this.recursiveCount > 0) this.dispatchUp(path, type, zxid);
    if (type !== 'dataChanged' && path !== '/') this.makeUpChildrenChanged(parentOf(path), zxid);
  }

  /** On a fresh connection: sets again everything that is wanted. Call before any other request is sent. */
  replay(): void {
    this.connections++;
    const all = [...this.paths.values()];
    for (const at of all) {
      at.disarm();
      at.unansweredReplays = 0;
      at.isInDoubt = false;
    }
    this.replayer.send(all.flatMap((at) => wantedItems(at)));
  }

  /** One-shot watches end with their session; standing ones wait for the next. */
  sessionEnded(): void {
    for (const at of [...this.paths.values()]) {
      for (const watch of at.in(...oneShotTables)) this.finish(at, watch, 'sessionLost');
      void this.reconcile(at);
    }
  }

  /** Nothing will ever be reported again. */
  endAll(type: 'sessionLost' | 'closed'): void {
    for (const at of [...this.paths.values()]) {
      for (const watch of [...at.watches]) this.finish(at, watch, type);
      void this.reconcile(at);
    }
  }

  private at(path: string): WatchedPath {
    let at = this.paths.get(path);
    if (at === undefined) {
      at = new WatchedPath(path);
      this.paths.set(path, at);
    }
    return at;
  }

  private settled(at: WatchedPath, intent: WatchIntent, reply: Settlement): void {
    const { kind } = intent.watch;
    at[pendingFields[kind]]--;
    const table = tableFor(kind, reply.rc);
    if (table !== null) {
      if (intent.onWire && reply.isSure) at.armFor(kind, intent.mode);
      if (reply.wanted) {
        at.add(intent.watch, table);
        if (table === 'recursive') this.recursiveCount++;
        if (!reply.isSure) at.doubtSince(this.wire.lastZxidSeen);
      }
    }
    void this.reconcile(at);
  }

  /**
   * Sets everything on the path again if a change may have passed unseen. Not while an addWatch is under way: for an older
   * server this would undo it.
   */
  private renew(at: WatchedPath): void {
    if (!at.isInDoubt || at.pendingStanding > 0) return;
    at.isInDoubt = false;
    this.replayer.send(wantedItems(at));
  }

  private readonly release = async (watch: LocalWatch): Promise<void> => {
    const at = this.paths.get(watch.serverPath);
    if (at === undefined || !this.drop(at, watch)) return;
    await this.reconcile(at);
  };

  private drop(at: WatchedPath, watch: LocalWatch): boolean {
    if (watch.table === 'recursive') this.recursiveCount--;
    return at.remove(watch);
  }

  private finish(at: WatchedPath, watch: LocalWatch, type: 'sessionLost' | 'closed'): void {
    this.drop(at, watch);
    watch.deliverLast(type);
  }

  private dispatchAt(at: WatchedPath, type: WatchEventType, zxid: Zxid | null): void {
    if (type !== 'childrenChanged') {
      at.armedData = false;
      this.fire(at, dataTables, { type, zxid });
    }
    if (type === 'childrenChanged' || type === 'deleted') {
      at.armedChildren = false;
      this.fire(at, ['children'], { type, zxid });
    }
    if (at.persistent > 0 && !(type === 'childrenChanged' && at.hasMadeUp(zxid))) {
      for (const watch of at.in('persistent')) watch.deliver(type, at.path, zxid);
    }
    void this.reconcile(at);
  }

  private fire(
    at: WatchedPath,
    tables: readonly WatchTable[],
    event: { type: WatchEventType; zxid: Zxid | null },
  ): void {
    if (at.data + at.missing + at.children === 0) return;
    for (const watch of at.in(...tables)) {
      this.drop(at, watch);
      watch.deliver(event.type, at.path, event.zxid);
    }
  }

  /** To the recursive watches of the path and of all that is above it. */
  private dispatchUp(path: string, type: WatchEventType, zxid: Zxid | null): void {
    for (let above = path; ; above = parentOf(above)) {
      const at = this.paths.get(above);
      if (at !== undefined && at.recursive > 0) {
        for (const watch of at.in('recursive')) watch.deliver(type, path, zxid);
      }
      if (above === '/') return;
    }
  }

  private makeUpChildrenChanged(path: string, zxid: Zxid | null): void {
    const at = this.paths.get(path);
    if (at === undefined || at.persistent === 0 || !at.armedRecursive) return;
    at.childrenZxid = zxid ?? -1;
    for (const watch of at.in('persistent')) watch.deliver('childrenChanged', path, zxid);
  }

  /** Makes the server hold what is wanted on this path and nothing else. Resolves when it was told of a removal. */
  private reconcile(at: WatchedPath): Promise<void> | null {
    // What the server held went with the connection: a standing watch that was closed since can serve no other.
    if (!this.wire.attached && !at.wantsStanding) at.disarm();
    const removed = this.wire.attached ? this.removeUnwanted(at) : null;
    if (this.wire.attached) {
      this.renew(at);
      this.replayer.send(missingItems(at));
    }
    if (at.isEmpty && this.paths.get(at.path) === at) this.paths.delete(at.path);
    return removed;
  }

  private removeUnwanted(at: WatchedPath): Promise<void> | null {
    if (at.pendingStanding > 0) return null;
    if (at.armedPersistent || at.armedRecursive) {
      const recursiveGone = at.armedRecursive && at.recursive === 0;
      if (!recursiveGone && at.persistent + at.recursive > 0) return null;
      at.disarm();
      at.removals++;
      return this.remove(at.path, WatcherType.any);
    }
    const noData = at.armedData && at.data + at.missing + at.pendingData === 0;
    const noChildren = at.armedChildren && at.children + at.pendingChildren === 0;
    if (noData) at.armedData = false;
    if (noChildren) at.armedChildren = false;
    const dataRemoved = noData ? this.remove(at.path, WatcherType.data) : null;
    return noChildren ? this.remove(at.path, WatcherType.children) : dataRemoved;
  }

  /** Whatever the answer, the watch is gone: by this, or with the connection. */
  private remove(path: string, type: WatcherType): Promise<void> {
    return new Promise((resolve) => this.wire.sendNow(OpCode.removeWatches, { path, type }, () => resolve()));
  }
}

function tableFor(kind: WatchKind, rc: number | null): WatchTable | null {
  if (rc === ErrorCode.OK) return kind === 'exists' ? 'data' : kind;
  return kind === 'exists' && rc === ErrorCode.NONODE ? 'missing' : null;
}
