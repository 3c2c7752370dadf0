import { childOf, parentOf } from '../../protocol/paths.js';
import type { NodeStore } from './node-store.js';
import type { QuotaUsage } from './quota.js';
import {
  formatQuotaUsage,
  limitsPathOf,
  parseQuotaUsage,
  prefixOfLimitsPath,
  prefixOfStatsPath,
  statsPathOf,
} from './quota.js';
import type { StoredZnode } from './stored-znode.js';

/** Keeps the usage of subtrees with a quota in their stats nodes, as nodes come, change and go (client-protocol 4.9). */
export class QuotaBook {
  private readonly store: NodeStore;
  /** Subtrees that have a limits node. */
  private readonly prefixes = new Set<string>();

  constructor(store: NodeStore) {
    this.store = store;
  }

  get isEmpty(): boolean {
    return this.prefixes.size === 0;
  }

  created(node: StoredZnode): void {
    this.register(node.path);
    this.adjust(node.path, 1, node.dataLength);
    const measured = prefixOfStatsPath(node.path);
    if (measured !== null) this.measure(measured);
  }

  deleted(node: StoredZnode): void {
    const limited = prefixOfLimitsPath(node.path);
    if (limited !== null) this.prefixes.delete(limited);
    this.adjust(node.path, -1, -node.dataLength);
  }

  dataChanged(path: string, bytesDelta: number): void {
    this.adjust(path, 0, bytesDelta);
  }

  /** A node was loaded: notes a quota without counting. */
  register(path: string): void {
    const limited = prefixOfLimitsPath(path);
    if (limited !== null) this.prefixes.add(limited);
  }

  /** Brings all stats up to date: a snapshot taken while the tree moved may hold old ones, and a replay miscounts. */
  recompute(): void {
    for (const prefix of this.prefixes) {
      if (this.store.find(limitsPathOf(prefix)) === undefined) this.prefixes.delete(prefix);
      else this.measure(prefix);
    }
  }

  /** Counts a subtree. */
  usageOf(prefix: string): QuotaUsage {
    let count = 0;
    let bytes = 0;
    const open = [this.store.find(prefix)];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      count++;
      bytes += node.dataLength;
      for (const name of node.children) open.push(this.store.find(childOf(node.path, name)));
    }
    return { count, bytes };
  }

  private measure(prefix: string): void {
    const stats = this.store.find(statsPathOf(prefix));
    if (stats !== undefined) this.store.rewriteData(stats, formatQuotaUsage(this.usageOf(prefix)));
  }

  private adjust(path: string, countDelta: number, bytesDelta: number): void {
    const prefix = this.prefixes.size === 0 ? null : this.deepestPrefix(path);
    if (prefix === null) return;
    const stats = this.store.find(statsPathOf(prefix));
    if (stats === undefined) return;
    const { count, bytes } = parseQuotaUsage(stats.data);
    this.store.rewriteData(stats, formatQuotaUsage({ count: count + countDelta, bytes: bytes + bytesDelta }));
  }

  private deepestPrefix(path: string): string | null {
    for (let at = path; at !== '/'; at = parentOf(at)) {
      if (this.prefixes.has(at)) return at;
    }
    return null;
  }
}
