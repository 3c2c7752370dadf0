import type { Id } from '../../protocol/acl.js';
import type { AuthConfig } from '../config/server-config.js';
import type { AuthOutcome, Authenticator } from '../pipeline/authenticator.js';
import type { LinkPeer } from '../pipeline/client-link.js';
import { digestId } from './digest-id.js';

/** The identity that passes every check. Its id is empty: it is a right, not a person. */
const SUPER: Id = Object.freeze({ scheme: 'super', id: '' });
const NOTHING_ADDED: AuthOutcome = { ok: true, added: [] };
/** Answered with AUTHFAILED, then closed. */
const REFUSED: AuthOutcome = { ok: false, silent: false };
const CLOSED_SILENTLY: AuthOutcome = { ok: false, silent: true };

/** What clients that named an ensemble came to. */
export interface EnsembleAuthCounters {
  ensemble_auth_success: number;
  ensemble_auth_fail: number;
  ensemble_auth_skip: number;
}

/** The authentication schemes of one server, as configured (client-protocol 9.3, 9.4, 9.8). */
export class AuthProviders implements Authenticator {
  private readonly config: AuthConfig;
  private readonly counters: EnsembleAuthCounters;

  constructor(config: AuthConfig, counters: EnsembleAuthCounters = noCounters()) {
    this.config = config;
    this.counters = counters;
  }

  initialIdentities(peer: LinkPeer): readonly Id[] {
    const identities: Id[] = [{ scheme: 'ip', id: peer.remoteAddress }];
    const { certificateSubject } = peer;
    if (certificateSubject === null || !this.config.extraSchemes.has('x509')) return identities;
    identities.push({ scheme: 'x509', id: certificateSubject });
    if (certificateSubject === this.config.x509SuperUser) identities.push(SUPER);
    return identities;
  }

  authenticate(scheme: string | null, auth: Buffer | null): AuthOutcome {
    switch (scheme) {
      case 'digest':
        return this.config.digestEnabled && auth !== null ? this.digest(auth.toString('utf8')) : REFUSED;
      case 'ip':
        // A connection has its address from the start.
        return NOTHING_ADDED;
      case 'ensemble':
        return this.config.ensembleScheme ? this.ensemble(auth?.toString('utf8') ?? '') : REFUSED;
      default:
        // A certificate is shown in the TLS handshake, and a SASL login has an exchange of its own.
        return REFUSED;
    }
  }

  mayRequest(identities: readonly Id[]): boolean {
    const { enforcedSchemes } = this.config;
    if (enforcedSchemes === null) return true;
    return identities.some(({ scheme }) => scheme !== null && enforcedSchemes.includes(scheme));
  }

  /** Whatever is sent makes an identity; a wrong password makes one that no ACL names. */
  private digest(credential: string): AuthOutcome {
    const { digestAlgorithm, superDigest } = this.config;
    const identity = { scheme: 'digest', id: digestId(credential, digestAlgorithm) };
    return { ok: true, added: identity.id === superDigest ? [SUPER, identity] : [identity] };
  }

  /** Not a credential: keeps clients of one ensemble from talking to another that took over its address. */
  private ensemble(wanted: string): AuthOutcome {
    const { ensembleName } = this.config;
    if (ensembleName === null) {
      this.counters.ensemble_auth_skip++;
      return NOTHING_ADDED;
    }
    if (wanted === ensembleName) {
      this.counters.ensemble_auth_success++;
      return NOTHING_ADDED;
    }
    this.counters.ensemble_auth_fail++;
    return CLOSED_SILENTLY;
  }
}

function noCounters(): EnsembleAuthCounters {
  return { ensemble_auth_success: 0, ensemble_auth_fail: 0, ensemble_auth_skip: 0 };
}
