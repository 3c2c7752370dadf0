import { ErrorCode } from '../../protocol/error-codes.js';
import type { Zxid } from '../../protocol/zxid.js';
import type { ClientLink } from './client-link.js';
import type { PendingRequest } from './request-queue.js';

/** A write that was passed on to the leader, and waits to come back as a transaction. */
export class ForwardedWrite implements PendingRequest {
  readonly link: ClientLink;
  readonly sessionId: bigint;
  readonly xid: number;
  readonly type: number;
  readonly body = null;
  readonly isReady = false;
  readonly err = ErrorCode.OK;
  readonly receivedAtMs: number;
  /** What was proposed before it was passed on cannot be it: some clients use their numbers again on another connection. */
  readonly after: Zxid;
  /** Of a multi, what its ops were: the transaction does not tell all kinds of create apart. */
  readonly opTypes: readonly number[] | null;

  constructor(
    link: ClientLink,
    request: { readonly xid: number; readonly type: number },
    at: { readonly receivedAtMs: number; readonly after: Zxid; readonly opTypes: readonly number[] | null },
  ) {
    this.link = link;
    this.sessionId = link.sessionId;
    this.xid = request.xid;
    this.type = request.type;
    this.receivedAtMs = at.receivedAtMs;
    this.after = at.after;
    this.opTypes = at.opTypes;
  }
}
