import type { Id } from '../../protocol/acl.js';
import { authCodec } from '../../protocol/auth.js';
import { ErrorCode } from '../../protocol/error-codes.js';
import { MarshallingError } from '../../protocol/errors.js';
import type { JuteReader } from '../../protocol/jute-reader.js';
import { saslCodec } from '../../protocol/sasl.js';
import type { Authenticator } from './authenticator.js';
import type { ClientLink } from './client-link.js';
import { beginReply, endReply, replyHeader, ZXID_NOT_ORDERED } from './replies.js';

/** Far beyond what programs use. */
const IDENTITIES_MAX = 1000;
const IDENTITY_BYTES_MAX = 4 * 1024 * 1024;

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
  if (!hasRoomFor(link, added)) {
    replyHeader(link, packet.xid, ZXID_NOT_ORDERED, ErrorCode.AUTHFAILED);
    link.close();
    return false;
  }
  // A new list each time: prepared requests keep the one they came with.
  if (added.length > 0) link.identities = [...link.identities, ...added];
  link.mayRequest = authenticator.mayRequest(link.identities);
  replyHeader(link, packet.xid, ZXID_NOT_ORDERED, 0);
  return true;
}

/** Identities stay as long as the connection, and every check of an ACL may look at all of them. */
function hasRoomFor(link: ClientLink, added: readonly Id[]): boolean {
  link.identityBytes += added.reduce((sum, { id }) => sum + (id?.length ?? 0), 0);
  return link.identities.length + added.length <= IDENTITIES_MAX && link.identityBytes <= IDENTITY_BYTES_MAX;
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
