import { createHash } from 'node:crypto';
import type { Id } from '../../protocol/acl.js';
import type { AuthConfig } from '../config/server-config.js';
import type { Authenticator, AuthOutcome } from '../pipeline/authenticator.js';
import type { LinkPeer } from '../pipeline/client-link.js';

const REFUSED: AuthOutcome = { ok: false, silent: false };
const ACCEPTED: AuthOutcome = { ok: true, added: [] };
const SUPER: Id = Object.freeze({ scheme: 'super', id: '' });

/** Turns addresses, certificates and auth packets into identities (client-protocol 9.3, 9.4). */
export class AuthProviders implements Authenticator {
  private readonly config: AuthConfig;

  constructor(config: AuthConfig) {
    this.config = config;
  }

  initialIdentities(peer: LinkPeer): readonly Id[] {
    const identities: Id[] = [{ scheme: 'ip', id: peer.remoteAddress }];
    const subject = peer.certificateSubject;
    if (subject === null || !this.config.extraSchemes.has('x509')) return identities;
    identities.push({ scheme: 'x509', id: subject });
    if (subject === this.config.x509SuperUser) identities.push(SUPER);
    return identities;
  }

  authenticate(scheme: string | null, auth: Buffer | null): AuthOutcome {
    switch (scheme) {
      case 'digest':
        return this.config.digestEnabled && auth !== null ? this.digest(auth) : REFUSED;
      case 'ip':
        return ACCEPTED;
      case 'ensemble':
        return this.ensemble(auth);
      default:
        return REFUSED;
    }
  }

  mayRequest(identities: readonly Id[]): boolean {
    const schemes = this.config.enforcedSchemes;
    return schemes === null || identities.some(({ scheme }) => scheme !== null && schemes.includes(scheme));
  }

  /** Never fails on content: a wrong password is just somebody else. */
  private digest(auth: Buffer): AuthOutcome {
    const text = auth.toString('utf8');
    const colon = text.indexOf(':');
    const user = colon < 0 ? text : text.slice(0, colon);
    const id = `${user}:${createHash(this.config.digestAlgorithm).update(auth).digest('base64')}`;
    const identity: Id = { scheme: 'digest', id };
    return { ok: true, added: id === this.config.superDigest ? [SUPER, identity] : [identity] };
  }

  /** A client that wants another ensemble is sent away without a word. */
  private ensemble(auth: Buffer | null): AuthOutcome {
    const { ensembleName } = this.config;
    if (ensembleName === null) return REFUSED;
    return auth?.toString('utf8') === ensembleName ? ACCEPTED : { ok: false, silent: true };
  }
}
