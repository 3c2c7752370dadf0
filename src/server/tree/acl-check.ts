import type { Acl, Id } from '../../protocol/acl.js';
import type { AclList } from './acl-list.js';
import { expandAcl } from './acl-expand.js';
import { ipRangeContains, parseIpAddress } from './ip-range.js';

const BUILT_IN_SCHEMES = ['world', 'auth', 'digest', 'ip'];
/** The SASL identity that matches every sasl entry (client-protocol 9.3). */
const SASL_SUPER = 'super';

export interface AclCheckerOptions {
  /** `skipACL`: every permission check passes. ACLs in requests are still validated. */
  readonly skipAcl: boolean;
  /** Schemes an ACL may name besides world, auth, digest and ip: sasl, x509 where configured. */
  readonly extraSchemes: readonly string[];
  /** The ACL id that any SASL user matches, or null. */
  readonly anySaslUserId: string | null;
  /** The certificate subject that matches every x509 entry, or null. */
  readonly x509SuperUser: string | null;
}

/** Decides who may do what, and which ACLs a request may set (client-protocol 9). */
export class AclChecker {
  private readonly options: AclCheckerOptions;
  private readonly schemes: ReadonlySet<string>;

  constructor(options: AclCheckerOptions) {
    this.options = options;
    this.schemes = new Set([...BUILT_IN_SCHEMES, ...options.extraSchemes]);
  }

  /** Whether a connection with these identities has one of the permission bits `perms`. */
  permits(acl: AclList, perms: number, identities: readonly Id[]): boolean {
    if ((acl.worldPerms & perms) !== 0 || this.options.skipAcl) return true;
    for (const identity of identities) {
      if (identity.scheme === 'super') return true;
    }
    for (let i = 0; i < acl.entries.length; i++) {
      if ((acl.entries[i]!.perms & perms) !== 0 && this.grants(acl, i, identities)) return true;
    }
    return false;
  }

  /** What a request's ACL is stored as, or the error code it is refused with (client-protocol 9.2). */
  expand(acl: readonly Acl[] | null, identities: readonly Id[]): readonly Acl[] | number {
    return expandAcl(acl, identities, this.schemes);
  }

  private grants(acl: AclList, index: number, identities: readonly Id[]): boolean {
    const wanted = acl.entries[index]!.id;
    for (const identity of identities) {
      if (identity.scheme === wanted.scheme && identity.id !== null && this.matches(acl, index, identity.id))
        return true;
    }
    return false;
  }

  private matches(acl: AclList, index: number, id: string): boolean {
    const wanted = acl.entries[index]!.id;
    switch (wanted.scheme) {
      case 'ip':
        return ipMatches(acl, index, id);
      case 'sasl':
        return (
          id === wanted.id || id === SASL_SUPER || (wanted.id !== null && wanted.id === this.options.anySaslUserId)
        );
      case 'x509':
        return id === wanted.id || id === this.options.x509SuperUser;
      default:
        return id === wanted.id;
    }
  }
}

function ipMatches(acl: AclList, index: number, id: string): boolean {
  const range = acl.ipRange(index);
  const address = range === null ? null : parseIpAddress(id);
  return range !== null && address !== null && ipRangeContains(range, address);
}
