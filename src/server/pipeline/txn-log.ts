import type { Txn, TxnDigest, TxnHeader } from '../../protocol/txn.js';
import type { Zxid } from '../../protocol/zxid.js';

/** Where the pipeline puts transactions, in zxid order, before they happen. Nothing is committed during these calls. */
export interface TxnLog {
  /** Adds to the group that the next commit of the log writes. */
  append(header: TxnHeader, txn: Txn, digest: TxnDigest | null): void;
  /** The same with a transaction that is encoded already. */
  appendEntry(entry: LogEntry): void;
}

/** Header, record and digest of a transaction as they stand in the log, from `start` to `end`: valid during the call. */
export interface LogEntry {
  readonly zxid: Zxid;
  readonly view: DataView;
  readonly start: number;
  readonly end: number;
}
