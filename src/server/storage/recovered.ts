import type { Zxid } from '../../protocol/zxid.js';
import type { DataTree } from '../tree/data-tree.js';
import type { LoggedEntry } from './log-replay.js';

/** What the directories held. */
export interface Recovered {
  readonly tree: DataTree;
  /** Session id -> timeout in ms. */
  readonly sessions: Map<bigint, number>;
  /** The last transaction found; 0 in an empty database. Equals `tree.lastProcessedZxid`. */
  readonly lastZxid: Zxid;
  /** The snapshot it began with; null when there was none. */
  readonly snapshot: string | null;
  /** Transactions read from logs, after the snapshot. */
  readonly replayedTxns: number;
  /** Transactions, and snapshots, whose recorded digest is not that of the tree. */
  readonly digestMismatches: number;
  /** The last of those, oldest first, at most `commitLogCount`; none outside an ensemble. */
  readonly tail: readonly LoggedEntry[];
}
