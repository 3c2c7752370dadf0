import type { Txn, TxnDigest, TxnHeader } from '../../protocol/txn.js';
import type { Zxid } from '../../protocol/zxid.js';
import type { DataTree } from '../tree/data-tree.js';
import type { DurableZxid } from './durable-zxid.js';
import type { StorageOptions } from './storage-options.js';

/** What the directories held. */
export interface Recovered {
  readonly tree: DataTree;
  /** Session id -> timeout in ms. */
  readonly sessions: Map<bigint, number>;
  /** The last transaction found; 0 in an empty database. Equals `tree.lastProcessedZxid`. */
  readonly lastZxid: Zxid;
  /** Transactions read from logs, after the snapshot. */
  readonly replayedTxns: number;
  /** Transactions, and snapshots, whose recorded digest is not that of the tree. */
  readonly digestMismatches: number;
}

export interface DirectorySizes {
  /** Bytes of the files in `<dataDir>/version-2`. */
  readonly dataDirBytes: number;
  /** The same of `<dataLogDir>/version-2`. */
  readonly dataLogDirBytes: number;
}

/** Session id and timeout in ms, of every global session. */
export type SessionList = Iterable<readonly [sessionId: bigint, timeoutMs: number]>;

/**
 * One server's data directories, from recovery to close. The way of a write: `append` it, `commit` once for all that
 * came together, and only when that resolves apply, answer and show it; after applying, call `snapshotIfDue`.
 */
export declare class ServerStorage {
  /** Locks the directories and reads them. Rejects with a StorageError, having changed nothing that could be evidence. */
  static open(options: StorageOptions): Promise<ServerStorage>;
  readonly recovered: Recovered;
  /** Everything up to here is on the device. */
  get durableZxid(): DurableZxid;
  /** Adds to the group being collected. Zxids must grow. Throws a StorageError once the log has failed. */
  append(header: TxnHeader, txn: Txn, digest: TxnDigest | null): void;
  /** Resolves when all that was appended before is on the device; see TxnLogWriter.commit. */
  commit(): Promise<DurableZxid>;
  /**
   * Call it between two transactions: when the log has rolled since the last call, captures the tree and the sessions
   * now and writes them in the background. Cheap when nothing is due.
   */
  snapshotIfDue(tree: DataTree, sessions: () => SessionList): void;
  /** Captures now, resolves to the file's path when it is durable; rejects when one is being written already. */
  snapshotNow(tree: DataTree, sessions: SessionList): Promise<string>;
  /** Deletes snapshots and logs that are not needed any more; resolves to what was deleted. */
  purge(): Promise<string[]>;
  /** For the `dirs` and `conf` words. */
  sizes(): Promise<DirectorySizes>;
  /** Commits what is left, waits for a snapshot being written, and gives the lock back. */
  close(): Promise<void>;
}
