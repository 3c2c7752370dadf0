import type { RequestOf, RequestOp } from '../protocol/request-codec.js';
import type { Zxid } from '../protocol/zxid.js';
import type { ReplyHook } from './call.js';

/** What watches need of the connection. */
export interface WatchWire {
  /** Requests can be sent. */
  readonly attached: boolean;
  readonly lastZxidSeen: Zxid;
  /** Sends at once, ahead of what waits. The hook gets null when the connection ends first. */
  sendNow<Op extends RequestOp>(op: Op, body: RequestOf<Op>, hook: ReplyHook): void;
  /** Gives the connection up for a fresh one. */
  abandonConnection(why: string): void;
}
