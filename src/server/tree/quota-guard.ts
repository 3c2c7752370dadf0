import { ErrorCode } from '../../protocol/error-codes.js';
import { parentOf } from '../../protocol/paths.js';
import type { Zxid } from '../../protocol/zxid.js';
import type { OutstandingChanges } from './outstanding-changes.js';
import type { QuotaWarning } from './proposal.js';
import {
  formatQuotaUsage,
  limitsPathOf,
  parseQuotaLimits,
  parseQuotaUsage,
  prefixOfLimitsPath,
  prefixOfStatsPath,
  statsPathOf,
} from './quota.js';

export interface QuotaGuardOptions {
  /** Refuse what exceeds a hard limit (`enforceQuota`). */
  readonly enforceQuota: boolean;
  /** Told of every limit exceeded by a write that goes through. */
  readonly onQuotaExceeded: ((warning: QuotaWarning) => void) | null;
}

/** What a write adds to its subtree. */
interface Growth {
  readonly count: number;
  readonly bytes: number;
}

interface Limit {
  readonly prefix: string;
  readonly resource: 'count' | 'bytes';
  readonly usage: number;
  readonly soft: number;
  readonly hard: number;
}

/**
 * Checks writes against the quotas, and counts those that are prepared, so that pipelined writes cannot pass a limit
 * together. The tree's QuotaBook does the same to the real stats nodes when the writes are applied.
 */
export class QuotaGuard {
  private readonly changes: OutstandingChanges;
  private readonly options: QuotaGuardOptions;
  /** A limits node was prepared and may not be in the tree yet. */
  private mayHavePending = false;

  constructor(changes: OutstandingChanges, options: QuotaGuardOptions) {
    this.changes = changes;
    this.options = options;
  }

  /** No subtree has a quota, nor will have one once what is pending is applied. */
  get areNone(): boolean {
    return !this.mayHavePending && this.changes.tree.quotas.isEmpty;
  }

  /** 0, or QUOTAEXCEEDED. */
  check(path: string, growth: Growth): number {
    const prefix = this.deepestPrefix(path);
    if (prefix === null) return ErrorCode.OK;
    const stats = this.changes.find(statsPathOf(prefix));
    if (stats === undefined) return ErrorCode.OK;
    const limits = parseQuotaLimits(this.changes.find(limitsPathOf(prefix))!.data);
    const usage = parseQuotaUsage(stats.data);
    const wanted: Limit[] = [];
    if (growth.count > 0) {
      const after = usage.count + growth.count;
      wanted.push({ prefix, resource: 'count', usage: after, soft: limits.count, hard: limits.countHard });
    }
    if (growth.bytes > 0) {
      const after = usage.bytes + growth.bytes;
      wanted.push({ prefix, resource: 'bytes', usage: after, soft: limits.bytes, hard: limits.bytesHard });
    }
    const isRefused = ({ usage: after, hard }: Limit): boolean => hard >= 0 && after > hard;
    if (this.options.enforceQuota && wanted.some(isRefused)) return ErrorCode.QUOTAEXCEEDED;
    for (const limit of wanted) this.warn(limit);
    return ErrorCode.OK;
  }

  /** A node was prepared to be created. */
  created(path: string, bytes: number, zxid: Zxid): void {
    if (prefixOfLimitsPath(path) !== null) this.mayHavePending = true;
    this.adjust(path, { count: 1, bytes }, zxid);
    const measured = prefixOfStatsPath(path);
    if (measured !== null) this.measure(measured, zxid);
  }

  deleted(path: string, bytes: number, zxid: Zxid): void {
    this.adjust(path, { count: -1, bytes: -bytes }, zxid);
  }

  dataChanged(path: string, bytesDelta: number, zxid: Zxid): void {
    if (bytesDelta !== 0) this.adjust(path, { count: 0, bytes: bytesDelta }, zxid);
  }

  private warn({ prefix, resource, usage, soft, hard }: Limit): void {
    const { onQuotaExceeded } = this.options;
    if (onQuotaExceeded === null) return;
    if (hard >= 0 && usage > hard) onQuotaExceeded({ prefix, resource, usage, limit: hard, isHard: true });
    else if (soft >= 0 && usage > soft) onQuotaExceeded({ prefix, resource, usage, limit: soft, isHard: false });
  }

  private adjust(path: string, growth: Growth, zxid: Zxid): void {
    const prefix = this.deepestPrefix(path);
    if (prefix === null) return;
    const stats = this.changes.find(statsPathOf(prefix));
    if (stats === undefined) return;
    const usage = parseQuotaUsage(stats.data);
    this.rewrite(prefix, { count: usage.count + growth.count, bytes: usage.bytes + growth.bytes }, zxid);
  }

  private measure(prefix: string, zxid: Zxid): void {
    const { tree } = this.changes;
    let { count, bytes } = tree.quotas.usageOf(prefix);
    for (const record of this.changes.changed()) {
      if (record.path !== prefix && !record.path.startsWith(`${prefix}/`)) continue;
      const committed = tree.find(record.path);
      if (committed !== undefined) {
        count--;
        bytes -= committed.dataLength;
      }
      if (record.exists) {
        count++;
        bytes += record.dataLength;
      }
    }
    this.rewrite(prefix, { count, bytes }, zxid);
  }

  /** Stats nodes are outside the digest: nothing to seal. */
  private rewrite(prefix: string, usage: Growth, zxid: Zxid): void {
    const stats = this.changes.find(statsPathOf(prefix));
    if (stats === undefined) return;
    this.changes.edit(stats, zxid).data = formatQuotaUsage(usage);
  }

  private deepestPrefix(path: string): string | null {
    if (this.areNone) return null;
    if (this.changes.size === 0) this.mayHavePending = false;
    for (let at = path; at !== '/'; at = parentOf(at)) {
      if (this.changes.find(limitsPathOf(at)) !== undefined) return at;
    }
    return null;
  }
}
