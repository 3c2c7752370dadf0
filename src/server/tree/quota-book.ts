import { parentOf } from '../../protocol/paths.js';
import { NO_NODE } from './node-id.js';
import { StatField } from './node-records.js';
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

  created(path: string, dataLength: number): void {
    this.register(path);
    this.adjust(path, 1, dataLength);
    const measured = prefixOfStatsPath(path);
    if (measured !== null) this.measure(measured);
  }

  deleted(path: string, dataLength: number): void {
    const limited = prefixOfLimitsPath(path);
    if (limited !== null) this.prefixes.delete(limited);
    this.adjust(path, -1, -dataLength);
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
      if (this.store.find(limitsPathOf(prefix)) === NO_NODE) this.prefixes.delete(prefix);
      else this.measure(prefix);
    }
  }

  /** Counts a subtree. */
  usageOf(prefix: string): QuotaUsage {
    const { store } = this;
    const top = store.find(prefix);
    if (top === NO_NODE) return { count: 0, bytes: 0 };
    let count = 0;
    let bytes = 0;
    const end = store.links.followingSubtree(top);
    for (let id = top; id !== end; id = store.links.following(id)) {
      count++;
      bytes += store.records.int(id, StatField.dataLength);
    }
    return { count, bytes };
  }

  private measure(prefix: string): void {
    const stats = this.store.find(statsPathOf(prefix));
    if (stats !== NO_NODE) this.store.rewriteData(stats, formatQuotaUsage(this.usageOf(prefix)));
  }

  private adjust(path: string, countDelta: number, bytesDelta: number): void {
    const prefix = this.prefixes.size === 0 ? null : this.deepestPrefix(path);
    if (prefix === null) return;
    const stats = this.store.find(statsPathOf(prefix));
    if (stats === NO_NODE) return;
    const { count, bytes } = parseQuotaUsage(this.store.records.data(stats));
    this.store.rewriteData(stats, formatQuotaUsage({ count: count + countDelta, bytes: bytes + bytesDelta }));
  }

  private deepestPrefix(path: string): string | null {
    for (let at = path; at !== '/'; at = parentOf(at)) {
      if (this.prefixes.has(at)) return at;
    }
    return null;
  }
}
