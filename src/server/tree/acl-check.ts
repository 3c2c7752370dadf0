import type { Id } from '../../protocol/acl.js';
import type { AclList } from './acl-list.js';

export interface AclCheckerOptions {
  /** `skipACL`: every check passes. */
  readonly skipAcl: boolean;
  /** Schemes an ACL may name besides world, auth, digest and ip: sasl, x509 where configured. */
  readonly extraSchemes: readonly string[];
  /** The ACL id that any SASL user matches, or null. */
  readonly anySaslUserId: string | null;
  /** The certificate subject that matches every x509 entry, or null. */
  readonly x509SuperUser: string | null;
}

/** Decides who may do what (client-protocol 9). */
export declare class AclChecker {
  constructor(options: AclCheckerOptions);
  /** Whether a connection with these identities has one of the permission bits `perms`. */
  permits(acl: AclList, perms: number, identities: readonly Id[]): boolean;
}
