import type { Codec } from '../../protocol/codec.js';
import type { Zxid } from '../../protocol/zxid.js';
import type { ClientLink } from './client-link.js';

/** What a reply header says of a request that reached no history (client-protocol 3.3). */
export const ZXID_NOT_ORDERED = 0 as Zxid;
export const ZXID_UNIMPLEMENTED = -1 as Zxid;

/** Begins a reply frame on a link; the body may follow. Pass what it returns to {@link endReply}. */
export function beginReply(link: ClientLink, xid: number, zxid: Zxid, err: number): number {
  const { out } = link;
  if (out.length === 0) link.transport.flushSoon();
  const at = out.beginFrame();
  out.int32(xid).long(zxid).int32(err);
  return at;
}

export function endReply(link: ClientLink, at: number): void {
  link.out.endFrame(at);
  link.stats.sent++;
}

/** A reply that is only a header: every error, and every operation without a result. */
export function replyHeader(link: ClientLink, xid: number, zxid: Zxid, err: number): void {
  endReply(link, beginReply(link, xid, zxid, err));
}

/** A frame without a header: the handshake's answer. */
export function sendRecord<T>(link: ClientLink, codec: Codec<T>, record: T): void {
  const { out } = link;
  if (out.length === 0) link.transport.flushSoon();
  const at = out.beginFrame();
  codec.write(out, record);
  endReply(link, at);
}
