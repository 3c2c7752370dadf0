import type { Fifo } from '../../runtime/fifo.js';
import type { ClientLink } from './client-link.js';

/** A request on its way: a write that waits for the disk, or a read that waits for a write of its own session. */
export interface PendingRequest {
  readonly link: ClientLink;
  readonly xid: number;
  readonly type: number;
  /** The decoded record; null once a write has become a transaction. */
  readonly body: unknown;
  /** A commit answers it, not its turn alone. */
  readonly isWrite: boolean;
  /** Monotonic ms. */
  readonly receivedAtMs: number;
  /** Refused before it was tried: the error to answer with when its turn comes. */
  readonly err: number;
}

/** What one session has under way, in order of arrival (client-protocol 3.4). */
export type RequestQueue = Fifo<PendingRequest>;
