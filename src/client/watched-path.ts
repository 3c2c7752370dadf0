import type { LocalWatch, WatchTable } from './local-watch.js';

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
  /** zxid of the last childrenChanged that was made up; see the registry. */
  childrenZxid = -1;

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

  /** A standing watch on the same path reports what a data or exists watch would. */
  get coversData(): boolean {
    return this.hasStanding;
  }

  /** A recursive watch does not report childrenChanged. */
  get coversChildren(): boolean {
    return (this.armedPersistent || this.pendingPersistent > 0) && !this.armedRecursive && this.pendingRecursive === 0;
  }

  disarm(): void {
    this.armedData = false;
    this.armedChildren = false;
    this.armedPersistent = false;
    this.armedRecursive = false;
  }
}
