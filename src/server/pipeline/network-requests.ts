import { authCodec } from '../../protocol/auth.js';
import { ErrorCode } from '../../protocol/error-codes.js';
import { MarshallingError } from '../../protocol/errors.js';
import type { JuteReader } from '../../protocol/jute-reader.js';
import { saslCodec } from '../../protocol/sasl.js';
import type { Authenticator } from './authenticator.js';
import type { ClientLink } from './client-link.js';
import { beginReply, endReply, replyHeader, ZXID_NOT_ORDERED } from './replies.js';

/** addauth: answered at once; false when it failed (client-protocol 9.4). */
export function answerAuth(
  link: ClientLink,
  packet: { xid: number; reader: JuteReader },
  authenticator: Authenticator,
): boolean {
  const record = decode(() => authCodec.request.read(packet.reader));
  if (record === null) {
    link.close();
    return false;
  }
  const outcome = authenticator.authenticate(record.scheme, record.auth);
  if (!outcome.ok) {
    if (outcome.silent) {
      link.close();
    } else {
      replyHeader(link, packet.xid, ZXID_NOT_ORDERED, ErrorCode.AUTHFAILED);
      link.close();
    }
    return false;
  }
  const added = outcome.added.filter(
    (id) => !link.identities.some((has) => has.scheme === id.scheme && has.id === id.id),
  );
  // A new list each time: prepared requests keep the one they came with.
  if (added.length > 0) link.identities = [...link.identities, ...added];
  link.mayRequest = authenticator.mayRequest(link.identities);
  replyHeader(link, packet.xid, ZXID_NOT_ORDERED, 0);
  return true;
}

/** A server without a SASL login says so with a null token and adds nothing (client-protocol 9.7). */
export function answerSasl(link: ClientLink, xid: number, reader: JuteReader): boolean {
  const record = decode(() => saslCodec.request.read(reader));
  if (record === null) {
    link.close();
    return false;
  }
  const at = beginReply(link, xid, ZXID_NOT_ORDERED, 0);
  saslCodec.response.write(link.out, { token: null });
  endReply(link, at);
  return true;
}

function decode<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof MarshallingError) return null;
    throw error;
  }
}
