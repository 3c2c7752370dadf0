import { honoured, ignored, refused, warned } from './key-spec.js';
import type { KeySpec } from './key-spec.js';
import { int, list, looseBool, nonEmpty, oneOf, text } from './value-types.js';
import type { ValueType } from './value-types.js';

const NO_SASL = 'SASL logins come with a later version';
const CLIENT_SIDE = 'a server never acts as a TLS client here';
const OWN_TLS = 'TLS is that of Node.js';

/** Java's names of digest algorithms, and what node:crypto calls them. */
export const DIGEST_ALGORITHMS: Readonly<Record<string, string>> = {
  SHA1: 'sha1',
  'SHA-1': 'sha1',
  'SHA-224': 'sha224',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
  'SHA3-224': 'sha3-224',
  'SHA3-256': 'sha3-256',
  'SHA3-384': 'sha3-384',
  'SHA3-512': 'sha3-512',
  MD5: 'md5',
};

/** `user:<base64 of a hash>`; a password in place of the hash is the usual slip, and would lock the super user out. */
const superDigest: ValueType<string> = {
  allowed: 'must be super:<base64 of the hash of super:password>, as `pinfold digest super` prints it',
  parse: (value) =>
    /^[^:]+:(?:[A-Za-z0-9+/]{4}){4,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value) ? value : undefined,
  format: String,
};

const sasl = (extras: { secret?: true } = {}): KeySpec<string> => ignored('R', text, NO_SASL, extras);

const storeType = oneOf('JKS', 'PEM', 'PKCS12', 'BCFKS', '');

/** Identities, super users, TLS, SASL: operations specification, section 6. */
export const securityKeys = {
  'DigestAuthenticationProvider.enabled': honoured('M', looseBool, true),
  'DigestAuthenticationProvider.digestAlg': honoured('S', oneOf(...Object.keys(DIGEST_ALGORITHMS)), 'SHA1'),
  'DigestAuthenticationProvider.superDigest': honoured('M', superDigest, null, { secret: true }),
  'X509AuthenticationProvider.superUser': honoured('M', text, null),
  'enforce.auth.enabled': honoured('S', looseBool, false),
  'enforce.auth.schemes': honoured('S', list, []),
  sessionRequireClientSASLAuth: refused({
    mark: 'M',
    type: looseBool,
    asks: (on) => on,
    reason: `${NO_SASL}; without them no client could get past this`,
  }),
  'java.security.auth.login.config': warned({
    mark: 'M',
    type: text,
    asks: (path) => path !== '',
    reason: `${NO_SASL}; clients that offer one go on without a SASL identity`,
  }),
  allowSaslFailedClients: ignored('R', looseBool, NO_SASL),
  requireClientAuthScheme: ignored('R', text, 'it has no effect in ZooKeeper either'),
  superUser: sasl(),
  'SASLAuthenticationProvider.superPassword': sasl({ secret: true }),
  letAnySaslUserDoX: sasl(),
  'sasl.serverconfig': sasl(),
  'server.realm': sasl(),
  'kerberos.removeHostFromPrincipal': sasl(),
  'kerberos.removeRealmFromPrincipal': sasl(),
  'security.auth_to_local': sasl(),
  'fips-mode': ignored('R', looseBool, OWN_TLS),

  'ssl.keyStore.location': honoured('M', nonEmpty('a file'), null),
  'ssl.keyStore.password': honoured('M', text, null, { secret: true }),
  'ssl.keyStore.passwordPath': honoured('M', nonEmpty('a file'), null),
  'ssl.keyStore.type': honoured('M', storeType, null),
  'ssl.trustStore.location': honoured('M', nonEmpty('a file'), null),
  'ssl.trustStore.password': honoured('M', text, null, { secret: true }),
  'ssl.trustStore.passwordPath': honoured('M', nonEmpty('a file'), null),
  'ssl.trustStore.type': honoured('M', storeType, null),
  'ssl.clientAuth': honoured('M', oneOf('none', 'want', 'need'), 'need'),
  'ssl.protocol': honoured('M', oneOf('TLSv1.2', 'TLSv1.3', 'TLS'), null),
  'ssl.enabledProtocols': honoured('M', list, null),
  'ssl.ciphersuites': honoured('M', list, null),
  'ssl.handshakeDetectionTimeoutMillis': honoured('S', int({ min: 1, unit: 'ms' }), 5000),
  'ssl.hostnameVerification': ignored('M', looseBool, CLIENT_SIDE),
  'ssl.clientHostnameVerification': refused({
    mark: 'S',
    type: looseBool,
    asks: (on) => on,
    reason: "checking a client certificate's name against its address comes with a later version",
  }),
  'ssl.allowReverseDnsLookup': ignored('R', looseBool, 'client certificates are not checked against host names'),
  'ssl.crl': refused({ mark: 'R', type: looseBool, asks: (on) => on, reason: 'revocation lists are not consulted' }),
  'ssl.ocsp': refused({ mark: 'R', type: looseBool, asks: (on) => on, reason: 'OCSP is not consulted' }),
  'ssl.sslProvider': ignored('R', text, OWN_TLS),
  'ssl.context.supplier.class': ignored('R', text, OWN_TLS),
};
