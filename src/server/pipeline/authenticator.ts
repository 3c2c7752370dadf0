import type { Id } from '../../protocol/acl.js';
import type { LinkPeer } from './client-link.js';

/** How an auth packet ended. */
export type AuthOutcome =
  | { readonly ok: true; readonly added: readonly Id[] }
  /** `silent`: closed without an answer. */
  | { readonly ok: false; readonly silent: boolean };

/** Who a connection is, and whether it may speak (client-protocol 9). */
export interface Authenticator {
  /** What a fresh connection is by its address and certificate. */
  initialIdentities(peer: LinkPeer): readonly Id[];
  authenticate(scheme: string | null, auth: Buffer | null): AuthOutcome;
  /** False while enforced authentication is missing. */
  mayRequest(identities: readonly Id[]): boolean;
}
