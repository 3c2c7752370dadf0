import type { Acl, Id } from '../../protocol/acl.js';
import { OPEN_ACL_UNSAFE, Perms } from '../../protocol/acl.js';
import { ErrorCode } from '../../protocol/error-codes.js';
import { parseIpRange } from './ip-range.js';

/** Identities that prove who somebody is: those scheme `auth` stands for. An address does not; super is a right, not a person. */
const AUTHENTICATED = new Set(['digest', 'sasl', 'x509']);

/** `name[/host][@REALM]` */
const SASL_ID = /^[^/@]+(?:\/[^/@]+)?(?:@[^/@]+)?$/;
/** Attributes joined by commas or plus signs, each `type=value`; a backslash takes a character's meaning away. */
const DISTINGUISHED_NAME = /^\s*[A-Za-z0-9.-]+\s*=(?:[^,+\\]|\\.)*(?:[,+]\s*[A-Za-z0-9.-]+\s*=(?:[^,+\\]|\\.)*)*$/;

/**
 * Most bytes that `auth` entries may add to one list. Everything else in a transaction came in the request and fits the
 * log because that did; this alone multiplies (entries by identities), and what the log cannot hold must not be decided.
 */
const AUTH_BYTES_MAX = 256 * 1024;
/** perms, and the lengths of scheme and id. */
const ENTRY_OVERHEAD_BYTES = 12;

/**
 * Checks the ACL of a create or setACL and turns it into what is stored: `auth` replaced by the connection's
 * authenticated identities, exact duplicates dropped, order kept (client-protocol 9.2). A code when it is refused.
 */
export function expandAcl(
  acl: readonly Acl[] | null,
  identities: readonly Id[],
  schemes: ReadonlySet<string>,
): readonly Acl[] | number {
  if (acl === null || acl.length === 0) return ErrorCode.INVALIDACL;
  if (acl.length === 1 && isOpenEntry(acl[0]!)) return OPEN_ACL_UNSAFE;
  const expanded = new Map<string, Acl>();
  let authBytes = 0;
  for (const entry of acl) {
    const { scheme, id } = entry.id;
    if (scheme === null || !schemes.has(scheme)) return ErrorCode.INVALIDACL;
    if (scheme === 'auth') {
      const own = identities.filter((identity) => AUTHENTICATED.has(identity.scheme ?? ''));
      authBytes += own.reduce((sum, identity) => sum + entryBytes(identity), 0);
      if (own.length === 0 || authBytes > AUTH_BYTES_MAX) return ErrorCode.INVALIDACL;
      for (const identity of own) add(expanded, { perms: entry.perms, id: identity });
      continue;
    }
    // The original cannot even read such an entry.
    if (scheme === 'world' && id === null) return ErrorCode.MARSHALLINGERROR;
    if (id === null || !isValidId(scheme, id)) return ErrorCode.INVALIDACL;
    add(expanded, entry);
  }
  return [...expanded.values()];
}

function entryBytes({ scheme, id }: Id): number {
  return ENTRY_OVERHEAD_BYTES + Buffer.byteLength(scheme ?? '') + Buffer.byteLength(id ?? '');
}

/** What a list takes in the log. */
export function aclBytes(acl: readonly Acl[] | null): number {
  return (acl ?? []).reduce((sum, { id }) => sum + entryBytes(id), 0);
}

function isOpenEntry({ perms, id }: Acl): boolean {
  return perms === Perms.all && id.scheme === 'world' && id.id === 'anyone';
}

function add(expanded: Map<string, Acl>, entry: Acl): void {
  const { scheme, id } = entry.id;
  const content = `${entry.perms} ${scheme} ${id}`;
  if (!expanded.has(content)) expanded.set(content, entry);
}

/** Whether a scheme (which names no space) takes this id in an ACL (client-protocol 9.3). */
function isValidId(scheme: string, id: string): boolean {
  switch (scheme) {
    case 'world':
      return id === 'anyone';
    case 'digest':
      return isDigestId(id);
    case 'ip':
      return parseIpRange(id) !== null;
    case 'sasl':
      return SASL_ID.test(id);
    case 'x509':
      return DISTINGUISHED_NAME.test(id);
    default:
      return id !== '';
  }
}

/** Split at colons, empty parts at the end dropped: two parts. The hash is not looked at. */
function isDigestId(id: string): boolean {
  const parts = id.split(':');
  while (parts.length > 0 && parts[parts.length - 1] === '') parts.pop();
  return parts.length === 2;
}
