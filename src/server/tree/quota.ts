/** What a `zookeeper_limits` node asks for: a limit of -1 is none. Soft limits are warned about, hard ones enforced. */
export interface QuotaLimits {
  readonly count: number;
  readonly bytes: number;
  readonly countHard: number;
  readonly bytesHard: number;
}

/** What a `zookeeper_stats` node tells: nodes (the subtree's root included) and bytes of data. */
export interface QuotaUsage {
  readonly count: number;
  readonly bytes: number;
}

const QUOTA_ROOT = '/zookeeper/quota';
const LIMITS = '/zookeeper_limits';
const STATS = '/zookeeper_stats';

/**
 * Limits of the whole tree, which there are none of. No client may make this node: a server of 3.8 dies of it, and does
 * not start on a log that has it.
 */
export const ROOT_LIMITS_PATH = QUOTA_ROOT + LIMITS;

/** Where the limits of a subtree are. */
export function limitsPathOf(prefix: string): string {
  return QUOTA_ROOT + prefix + LIMITS;
}

export function statsPathOf(prefix: string): string {
  return QUOTA_ROOT + prefix + STATS;
}

/** The subtree whose limits this path holds; null for any other path. There is no quota on the root. */
export function prefixOfLimitsPath(path: string): string | null {
  return prefixOf(path, LIMITS);
}

export function prefixOfStatsPath(path: string): string | null {
  return prefixOf(path, STATS);
}

function prefixOf(path: string, ending: string): string | null {
  if (!path.startsWith(QUOTA_ROOT) || !path.endsWith(ending)) return null;
  const prefix = path.slice(QUOTA_ROOT.length, -ending.length);
  return prefix.startsWith('/') ? prefix : null;
}

/** Reads `count=3,bytes=-1=;byteHardLimit=-1;countHardLimit=-1` and the older form without extensions (client-protocol 4.9). */
export function parseQuotaLimits(data: Buffer | null): QuotaLimits {
  const values = parsePairs(data);
  return {
    count: values.get('count') ?? -1,
    bytes: values.get('bytes') ?? -1,
    countHard: values.get('countHardLimit') ?? -1,
    bytesHard: values.get('byteHardLimit') ?? -1,
  };
}

/** What is missing or no number counts as 0. */
export function parseQuotaUsage(data: Buffer | null): QuotaUsage {
  const values = parsePairs(data);
  return { count: values.get('count') ?? 0, bytes: values.get('bytes') ?? 0 };
}

export function formatQuotaUsage(usage: QuotaUsage): Buffer {
  return Buffer.from(`count=${usage.count},bytes=${usage.bytes}`, 'latin1');
}

function parsePairs(data: Buffer | null): Map<string, number> {
  const values = new Map<string, number>();
  if (data === null) return values;
  for (const pair of data.toString('latin1').split(/[,;]/)) {
    const equals = pair.indexOf('=');
    if (equals < 0) continue;
    const value = Number.parseInt(pair.slice(equals + 1), 10);
    if (Number.isSafeInteger(value)) values.set(pair.slice(0, equals).trim(), value);
  }
  return values;
}
