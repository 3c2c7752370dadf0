import { childOf, nameOf, parentOf } from '../../protocol/paths.js';
import type { Stat } from '../../protocol/stat.js';
import type { Zxid } from '../../protocol/zxid.js';
import type { CachedNode, NodeEvent } from './cache-event.js';

const NO_NAMES: ReadonlySet<string> = new Set();

/**
 * The local copy of a tree. It is told what was read, in any order of the nodes, and tells what that has changed. Nodes are
 * compared by the zxids of their creation and last change: versions start again with a node that is made anew.
 */
export class NodeCopy {
  readonly #nodes = new Map<string, CachedNode>();
  /** Names of the nodes in the copy, by parent, which need not be in it yet. */
  readonly #names = new Map<string, Set<string>>();
  /** The parent's pzxid when its children were last listed. */
  readonly #listed = new Map<string, Zxid>();
  readonly #keepsData: boolean;
  readonly #tell: (event: NodeEvent) => void;

  constructor(options: { readonly keepsData: boolean; readonly tell: (event: NodeEvent) => void }) {
    this.#keepsData = options.keepsData;
    this.#tell = options.tell;
  }

  get size(): number {
    return this.#nodes.size;
  }

  get(path: string): CachedNode | undefined {
    return this.#nodes.get(path);
  }

  entries(): IterableIterator<[string, CachedNode]> {
    return this.#nodes.entries();
  }

  snapshot(): ReadonlyMap<string, CachedNode> {
    return new Map(this.#nodes);
  }

  namesBelow(path: string): ReadonlySet<string> {
    return this.#names.get(path) ?? NO_NAMES;
  }

  /** The node was read. */
  found(path: string, data: Buffer | null, stat: Stat): void {
    const before = this.#nodes.get(path);
    if (before !== undefined && before.stat.mzxid > stat.mzxid) return;
    if (before !== undefined && before.stat.czxid !== stat.czxid) {
      // Its children went with it. Those that are younger than its successor are the successor's.
      this.gone(path, stat.czxid - 1);
    }
    const node: CachedNode = { path, data, stat };
    const known = this.#nodes.get(path);
    this.#nodes.set(path, this.#keepsData ? node : { ...node, data: null });
    if (known === undefined) {
      this.#nameIn(path);
      this.#tell({ type: 'created', node });
    } else if (known.stat.mzxid !== stat.mzxid) {
      this.#tell({ type: 'changed', node, before: known });
    }
  }

  /**
   * The node is not there, and nothing is below it. What was created after `untilZxid` is newer than this knowledge, and
   * stays.
   */
  gone(path: string, untilZxid = Infinity): void {
    for (const name of [...this.namesBelow(path)]) this.gone(childOf(path, name), untilZxid);
    const before = this.#nodes.get(path);
    if (before === undefined || before.stat.czxid > untilZxid) return;
    this.#nodes.delete(path);
    this.#listed.delete(path);
    this.#nameOut(path);
    this.#tell({ type: 'deleted', before });
  }

  /** Whether the children of a node that was just read must be listed to know them. */
  needsListing(path: string, { pzxid, numChildren }: Stat): boolean {
    if (numChildren === 0 && this.namesBelow(path).size === 0) return false;
    return this.#listed.get(path) !== pzxid;
  }

  /** These were the children when the parent had this stat: others that the copy has are gone. */
  listed(path: string, names: readonly string[], { pzxid }: Stat): void {
    const present = new Set(names);
    for (const name of [...this.namesBelow(path)]) {
      if (!present.has(name)) this.gone(childOf(path, name), pzxid);
    }
    this.#listed.set(path, pzxid);
  }

  #nameIn(path: string): void {
    if (path === '/') return;
    const parent = parentOf(path);
    const names = this.#names.get(parent);
    if (names === undefined) this.#names.set(parent, new Set([nameOf(path)]));
    else names.add(nameOf(path));
  }

  #nameOut(path: string): void {
    const parent = parentOf(path);
    const names = this.#names.get(parent);
    names?.delete(nameOf(path));
    if (names?.size === 0) this.#names.delete(parent);
  }
}
