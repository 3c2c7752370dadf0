import { DIGEST_ALGORITHMS } from './keys-security.js';
import type { AuthConfig } from './server-config.js';
import type { Settings } from './settings.js';

const CLASS_PREFIX = 'org.apache.zookeeper.server.auth.';

/** What each known provider class of ZooKeeper comes to here; null = the scheme is there in any case. */
const PROVIDERS: Readonly<Record<string, 'sasl' | 'x509' | 'ensemble' | null>> = {
  DigestAuthenticationProvider: null,
  IPAuthenticationProvider: null,
  SASLAuthenticationProvider: 'sasl',
  X509AuthenticationProvider: 'x509',
  EnsembleAuthenticationProvider: 'ensemble',
};

/** Reads what a connection can prove and who is super. Faults are reported to `settings`. */
export function readAuthConfig(settings: Settings, hasSecurePort: boolean): AuthConfig {
  const extraSchemes = new Set<'sasl' | 'x509'>();
  // A TLS port brings the x509 scheme with it; a port shared with plain clients does not.
  if (hasSecurePort) extraSchemes.add('x509');
  let hasEnsembleScheme = false;
  for (const { name, value } of settings.family('authProvider.')) {
    const scheme = value.startsWith(CLASS_PREFIX) ? PROVIDERS[value.slice(CLASS_PREFIX.length)] : undefined;
    if (scheme === undefined) {
      const known = Object.keys(PROVIDERS).map((short) => CLASS_PREFIX + short);
      settings.refuse(name, `Java classes cannot be loaded; known are ${known.join(', ')}`);
    } else if (scheme === 'ensemble') {
      hasEnsembleScheme = true;
    } else if (scheme !== null) {
      extraSchemes.add(scheme);
    }
  }
  const digestEnabled = settings.required('DigestAuthenticationProvider.enabled');
  const algorithm = settings.required('DigestAuthenticationProvider.digestAlg');
  return {
    digestEnabled,
    digestAlgorithm: DIGEST_ALGORITHMS[algorithm] ?? 'sha1',
    superDigest: settings.value('DigestAuthenticationProvider.superDigest'),
    x509SuperUser: settings.value('X509AuthenticationProvider.superUser'),
    extraSchemes,
    ensembleScheme: hasEnsembleScheme,
    ensembleName: settings.value('ensembleAuthName'),
    enforcedSchemes: readEnforcedSchemes(settings, { digest: digestEnabled, x509: extraSchemes.has('x509') }),
  };
}

function readEnforcedSchemes(settings: Settings, can: { digest: boolean; x509: boolean }): readonly string[] | null {
  if (!settings.required('enforce.auth.enabled')) return null;
  const schemes = settings.required('enforce.auth.schemes');
  if (schemes.length === 0) {
    settings.refuse('enforce.auth.schemes', 'must list the schemes that enforce.auth.enabled=true is to enforce');
  }
  const usable = [...(can.digest ? ['digest'] : []), ...(can.x509 ? ['x509'] : [])];
  if (!schemes.some((scheme) => usable.includes(scheme))) {
    const choice = usable.length === 0 ? 'none' : usable.join(', ');
    settings.refuse('enforce.auth.schemes', `no client could ever have such an identity; possible here: ${choice}`);
  }
  return schemes;
}
