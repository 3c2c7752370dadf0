import type { Zxid } from '../../protocol/zxid.js';
import type { Preparer } from '../tree/prepare.js';
import type { PendingRequest } from './request-queue.js';
import type { SessionGuard } from './session-guard.js';
import type { TxnLog } from './txn-log.js';
import type { UnknownSession } from './unknown-session.js';

/** What a server needs that puts writes in order: one that is alone, or the leader. */
export interface OrderingParts {
  readonly preparer: Preparer;
  readonly guard: SessionGuard;
  readonly log: TxnLog;
  /** Null when it is alone. */
  readonly ensemble: EnsembleOrdering | null;
}

/** What a leader may answer only when it has heard that it still leads. */
export type Unsynced = PendingRequest | UnknownSession;

/** What a leader has to ask the others. */
export interface EnsembleOrdering {
  /** The last transaction that its epoch has room for. */
  readonly zxidMax: Zxid;
  /** It has none any more: whatever is asked from here on is dropped, and another epoch has to begin. */
  epochEnded(): void;
  /** Make sure that everything that any leader has committed so far is applied here; then `OrderedWrites.synced`. */
  sync(source: Unsynced): void;
}
