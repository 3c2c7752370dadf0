import { EventType, WatcherType } from '../../../src/protocol/event.js';

export type Mode = 'standard' | 'persistent' | 'recursive';
type Table = Map<string, Set<Mode>>;

export interface Sent {
  readonly data: string[];
  readonly child: string[];
}

/** The watches one connection has on a server, as client-protocol 8 tells: of 3.8, or of 3.9 and later. */
export class WatchTable {
  readonly #oldServer: boolean;
  readonly #data: Table = new Map();
  readonly #child: Table = new Map();

  constructor(oldServer: boolean) {
    this.#oldServer = oldServer;
  }

  add(path: string, what: 'data' | 'child' | 'persistent' | 'recursive'): void {
    if (what === 'data') this.#set(this.#data, path, 'standard');
    else if (what === 'child') this.#set(this.#child, path, 'standard');
    else {
      this.#set(this.#data, path, what);
      if (what === 'persistent' || this.#oldServer) this.#set(this.#child, path, what);
    }
  }

  remove(path: string, type: WatcherType): void {
    const tables: [Table, WatcherType][] = [
      [this.#data, WatcherType.data],
      [this.#child, WatcherType.children],
    ];
    for (const [table, own] of tables) {
      if (type === WatcherType.any) table.delete(path);
      else if (type === own && this.#oldServer) table.delete(path);
      else if (type === own) this.#drop(table, path);
    }
  }

  /** Whether this connection gets the event; one-shot watches that it consumes are gone afterwards. */
  fires(type: EventType, path: string): boolean {
    if (type === EventType.nodeChildrenChanged) return this.#consume(this.#child, path);
    const isTold = this.#consume(this.#data, path);
    const isToldAsParent = type === EventType.nodeDeleted && this.#consume(this.#child, path);
    return isTold || isToldAsParent || this.#isBelowRecursive(path);
  }

  contents(): Sent {
    return { data: [...this.#data.keys()].sort(), child: [...this.#child.keys()].sort() };
  }

  #set(table: Table, path: string, mode: Mode): void {
    const modes = this.#oldServer ? new Set<Mode>() : (table.get(path) ?? new Set<Mode>());
    table.set(path, modes.add(mode));
  }

  #drop(table: Table, path: string): void {
    const modes = table.get(path);
    modes?.delete('standard');
    if (modes?.size === 0) table.delete(path);
  }

  #consume(table: Table, path: string): boolean {
    const modes = table.get(path);
    if (modes === undefined) return false;
    const isTold = modes.has('standard') || modes.has('persistent');
    this.#drop(table, path);
    return isTold;
  }

  #isBelowRecursive(path: string): boolean {
    for (let above = path; above !== ''; above = above.slice(0, above.lastIndexOf('/'))) {
      if (this.#data.get(above)?.has('recursive') === true) return true;
    }
    return this.#data.get('/')?.has('recursive') === true;
  }
}
