import { AddWatchMode } from '../protocol/event.js';
import type { Zxid } from '../protocol/zxid.js';
import type { LocalWatch, WatchTable } from './local-watch.js';
import type { WatchKind } from './watch-event.js';
import type { ReplayList } from './watch-replay.js';

/** All this client knows of the watches on one path: who wants what, what is on its way, what the server holds. */
export class WatchedPath {
  readonly path: string;
  readonly watches = new Set<LocalWatch>();
  /** Watches wanted, by table. */
  data = 0;
  missing = 0;
  children = 0;
  persistent = 0;
  recursive = 0;
  /** Requests under way that would set a watch. */
  pendingData = 0;
  pendingChildren = 0;
  pendingPersistent = 0;
  pendingRecursive = 0;
  /** What the server holds on this connection, as far as we know. */
  armedData = false;
  armedChildren = false;
  armedPersistent = false;
  armedRecursive = false;
  /** How often everything on the path was removed from the server. */
  removals = 0;
  /** setWatches requests of the present connection that name this path. */
  unansweredReplays = 0;
  /** What was read may have changed unseen: setWatches must ask. */
  isInDoubt = false;
  /** zxid of the last childrenChanged that was made up; see the registry. */
  childrenZxid = -1;

  /** While a setWatches is due or not answered: the zxid up to which no change was missed. */
  private goodUntilZxid: Zxid | null = null;

  constructor(path: string) {
    this.path = path;
  }

  add(watch: LocalWatch, table: WatchTable): void {
    watch.table = table;
    this.watches.add(watch);
    this[table]++;
  }

  /** False when it was not there. */
  remove(watch: LocalWatch): boolean {
    if (watch.table === null || !this.watches.delete(watch)) return false;
    this[watch.table]--;
    watch.table = null;
    return true;
  }

  /** The watches of these tables, as a list of their own. */
  in(...tables: readonly WatchTable[]): LocalWatch[] {
    return [...this.watches].filter((watch) => watch.table !== null && tables.includes(watch.table));
  }

  get isEmpty(): boolean {
    return this.watches.size === 0 && this.pendingOneShot === 0 && this.pendingStanding === 0;
  }

  get pendingOneShot(): number {
    return this.pendingData + this.pendingChildren;
  }

  get pendingStanding(): number {
    return this.pendingPersistent + this.pendingRecursive;
  }

  get hasStanding(): boolean {
    return this.armedPersistent || this.armedRecursive || this.pendingStanding > 0;
  }

  get wantsStanding(): boolean {
    return this.persistent + this.recursive > 0;
  }

  /** A standing watch on the same path reports what a data or exists watch would. */
  get coversData(): boolean {
    return this.hasStanding;
  }

  /** A recursive watch does not report childrenChanged. */
  get coversChildren(): boolean {
    return (this.armedPersistent || this.pendingPersistent > 0) && !this.armedRecursive && this.pendingRecursive === 0;
  }

  /** A request has set a watch of this kind. */
  armFor(kind: WatchKind, mode: AddWatchMode): void {
    if (kind === 'children') this.armedChildren = true;
    else if (kind === 'data' || kind === 'exists') this.armedData = true;
    else if (mode === AddWatchMode.persistent) this.armedPersistent = true;
    else {
      this.armedRecursive = true;
      // An older server has just replaced it.
      this.armedChildren = false;
    }
  }

  /** setWatches lists the path there. */
  armFrom(list: ReplayList): void {
    if (list === 'childWatches') this.armedChildren = true;
    else if (list === 'persistentWatches') this.armedPersistent = true;
    else if (list === 'persistentRecursiveWatches') this.armedRecursive = true;
    else this.armedData = true;
  }

  /** A childrenChanged that the events of the children have announced already. Without a zxid none can be anything else. */
  hasMadeUp(zxid: Zxid | null): boolean {
    return this.armedRecursive && (zxid === null || zxid === this.childrenZxid);
  }

  /** The zxid that setWatches asks from: an older one as long as an earlier question is not answered. */
  goodUntil(zxid: Zxid): Zxid {
    this.goodUntilZxid ??= zxid;
    return this.goodUntilZxid;
  }

  doubtSince(zxid: Zxid): void {
    this.isInDoubt = true;
    this.goodUntilZxid ??= zxid;
  }

  replayAnswered(): void {
    this.unansweredReplays--;
    if (this.unansweredReplays === 0 && !this.isInDoubt) this.goodUntilZxid = null;
  }

  disarm(): void {
    this.armedData = false;
    this.armedChildren = false;
    this.armedPersistent = false;
    this.armedRecursive = false;
  }
}
