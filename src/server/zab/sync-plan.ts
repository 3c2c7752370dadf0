import { PacketType } from '../../protocol/quorum/packet-type.js';
import { counterOf, epochOf, type Zxid } from '../../protocol/zxid.js';
import type { CommittedLog } from './committed-log.js';
import type { Entry } from './entry.js';

/** How a learner is brought up to date (3.6). */
export interface SyncPlan {
  readonly type: typeof PacketType.DIFF | typeof PacketType.TRUNC | typeof PacketType.SNAP;
  /** Of the first packet. */
  readonly zxid: Zxid;
  /** Sent as PROPOSAL and COMMIT, each. */
  readonly entries: readonly Entry[];
  /** What the learner has when all that is done. */
  readonly position: Zxid;
}

export interface SyncInputs {
  /** The last transaction in the learner's log; negative: it does not know. */
  readonly peer: Zxid;
  /** The last one that is applied here. */
  readonly last: Zxid;
  /** The same before this leader's epoch began: where `last` is (E, 0), which no transaction is. */
  readonly lastTxn: Zxid;
  readonly log: CommittedLog;
  /**
   * What this server's log files hold behind the learner's position, without a gap from there on, read beforehand: null when
   * they do not, undefined when nobody has looked.
   */
  readonly older?: readonly Entry[] | null | undefined;
}

/** What has to be read before it can be decided. */
export interface LogWanted {
  readonly type: 'read-log';
  /** Behind this transaction ... */
  readonly after: Zxid;
  /** ... up to this one. */
  readonly upTo: Zxid;
}

/** One synchronous step: between it and the registration for what comes next no commit may fall. */
export function planSync({ peer, last, lastTxn, log, older }: SyncInputs): SyncPlan | LogWanted {
  if (peer < 0) return snapshot(last);
  const min = log.min ?? lastTxn;
  const max = log.max ?? lastTxn;
  if (peer === last || peer === max) return diff(peer === last ? last : max, []);
  if (peer > max) return isCuttable(peer, max) ? truncation(max) : snapshot(last);
  if (peer >= min) return walk(log, { peer, max, last });
  if (older === undefined) return { type: 'read-log', after: peer, upTo: max };
  return older === null ? snapshot(last) : withOlder(older, { min, max, last, log });
}

/** A cut stays within one epoch, and ends at a transaction that is there (4.6). */
function isCuttable(peer: Zxid, max: Zxid): boolean {
  return epochOf(peer) === epochOf(max) && counterOf(max) !== 0;
}

/** Files first, memory for the rest: the two have to meet (ZOOKEEPER-2418). */
function withOlder(
  older: readonly Entry[],
  { min, max, last, log }: { min: Zxid; max: Zxid; last: Zxid; log: CommittedLog },
): SyncPlan {
  const reached = older.at(-1)?.zxid;
  if (reached === undefined || reached < min) return snapshot(last);
  const all = [...older];
  for (const entry of log) if (entry.zxid > reached) all.push(entry);
  return diff(max, all);
}

/** From somewhere in the committed log, or between two of its transactions, to its end. */
function walk(log: CommittedLog, { peer, max, last }: { peer: Zxid; max: Zxid; last: Zxid }): SyncPlan {
  const entries = [...log];
  const at = entries.findIndex(({ zxid }) => zxid >= peer);
  if (entries[at]?.zxid === peer) return diff(max, entries.slice(at + 1));
  // Nothing is missing between two entries, so what the learner has there is of an epoch that came to nothing, and no cut may go
  // back beyond that. The beginning of an epoch is another matter: everything before it is the learner's.
  return counterOf(peer) === 0 ? diff(max, entries.slice(at)) : snapshot(last);
}

function diff(max: Zxid, entries: readonly Entry[]): SyncPlan {
  return { type: PacketType.DIFF, zxid: max, entries, position: max };
}

function truncation(max: Zxid): SyncPlan {
  return { type: PacketType.TRUNC, zxid: max, entries: [], position: max };
}

function snapshot(last: Zxid): SyncPlan {
  return { type: PacketType.SNAP, zxid: last, entries: [], position: last };
}
