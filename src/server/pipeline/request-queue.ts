import { Fifo } from '../../runtime/fifo.js';
import type { ClientLink } from './client-link.js';

/** A request on its way: a write that waits for its commit, a sync, or a read that waits for one of these. */
export interface PendingRequest {
  readonly link: ClientLink;
  readonly xid: number;
  readonly type: number;
  /** The decoded record; null once a write has become a transaction. */
  readonly body: unknown;
  /** Its turn alone answers it. A write waits for its commit, a sync until this server has caught up. */
  isReady: boolean;
  /** Monotonic ms. */
  readonly receivedAtMs: number;
  /** Refused before it was tried: the error to answer with when its turn comes. */
  readonly err: number;
}

/** A request that came behind a sync: not looked at yet. */
export interface HeldFrame {
  readonly link: ClientLink;
  readonly bytes: Buffer;
}

/** What one session has under way, in order of arrival (client-protocol 3.4). */
export class RequestQueue extends Fifo<PendingRequest> {
  /**
   * A sync that waits to hear that this server has caught up. What came behind it may not be served before that, and a
   * write may not even be ordered: it could be committed first, and its answer would be due first.
   */
  sync: PendingRequest | null = null;
  readonly held = new Fifo<HeldFrame>();
}
