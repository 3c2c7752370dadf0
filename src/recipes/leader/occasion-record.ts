import { BadArgumentsError } from '../../client/errors.js';
import type { NodeData } from '../../client/operation-types.js';

/** How a run ended: `skipped` if it came too late to be begun at all. */
export type OccasionOutcome = 'running' | 'done' | 'failed' | 'skipped';

/** What the marker of a job says about the last occasion that somebody has taken. */
export interface OccasionRecord {
  readonly occasion: string;
  /** The occasion before it; null for the first. */
  readonly previous: string | null;
  /** Identity of the run. */
  readonly run: string;
  /** Who runs it. */
  readonly by: string;
  readonly outcome: OccasionOutcome;
  /** If its runner dies, somebody else runs it again. */
  readonly again: boolean;
  /** A claim made more than this before its time does not count, ms; null if the occasion is no time. */
  readonly earlyMaxMs: number | null;
  /** When it was taken, on the server's clock; null while only the node's mtime says it. */
  readonly startedMs: number | null;
}

/** A record as found, with the server's time of its last change. */
export interface FoundRecord {
  readonly record: OccasionRecord;
  readonly mtimeMs: number;
}

export function writeRecord(record: OccasionRecord): string {
  return JSON.stringify(record);
}

export function readRecord(path: string, data: NodeData): OccasionRecord {
  try {
    const read = JSON.parse(data?.toString() ?? '') as Partial<OccasionRecord> | null;
    const { occasion, run, by, previous = null, outcome = 'done', again = false } = read ?? {};
    if (typeof occasion === 'string' && typeof run === 'string' && typeof by === 'string') {
      const { earlyMaxMs = null, startedMs = null } = read ?? {};
      return { occasion, run, by, previous, outcome, again, earlyMaxMs, startedMs };
    }
  } catch (cause) {
    throw new BadArgumentsError({ message: `${path} holds no record of a job`, path, cause });
  }
  throw new BadArgumentsError({ message: `${path} holds no record of a job`, path });
}

/** When the occasion was taken, on the server's clock. */
export function startedMsOf({ record, mtimeMs }: FoundRecord): number {
  return record.startedMs ?? mtimeMs;
}

/**
 * Whether it was taken by somebody whose clock is far ahead. Everybody who reads the record comes to the same answer, the
 * one who wrote it too: it is as if it had not been written, and nobody has run it.
 */
export function isTooEarly(found: FoundRecord): boolean {
  const { occasion, earlyMaxMs } = found.record;
  return earlyMaxMs !== null && Date.parse(occasion) - startedMsOf(found) > earlyMaxMs;
}

/** The last occasion that counts; null when there was none. */
export function lastOccasion(found: FoundRecord | null): string | null {
  if (found === null) return null;
  return isTooEarly(found) ? found.record.previous : found.record.occasion;
}
