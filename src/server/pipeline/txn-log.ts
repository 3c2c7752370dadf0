import type { Txn, TxnDigest, TxnHeader } from '../../protocol/txn.js';

/** Where the pipeline puts transactions, in zxid order, before they happen. */
export interface TxnLog {
  /** Adds to the group that the next commit of the log writes. */
  append(header: TxnHeader, txn: Txn, digest: TxnDigest | null): void;
}
