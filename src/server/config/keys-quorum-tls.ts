import { ignored, inEnsemble, refused } from './key-spec.js';
import { int, list, looseBool, nonEmpty, oneOf, text } from './value-types.js';

const OWN_TLS = 'TLS is that of Node.js';
const secret = { secret: true } as const;
const storeType = oneOf('JKS', 'PEM', 'PKCS12', 'BCFKS', '');

/** TLS between the servers of an ensemble: operations specification, sections 6.3 and 6.4. */
export const quorumTlsKeys = {
  'ssl.quorum.keyStore.location': inEnsemble('M', nonEmpty('a file'), null),
  'ssl.quorum.keyStore.password': inEnsemble('M', text, null, secret),
  'ssl.quorum.keyStore.passwordPath': inEnsemble('M', nonEmpty('a file'), null),
  'ssl.quorum.keyStore.type': inEnsemble('M', storeType, null),
  'ssl.quorum.trustStore.location': inEnsemble('M', nonEmpty('a file'), null),
  'ssl.quorum.trustStore.password': inEnsemble('M', text, null, secret),
  'ssl.quorum.trustStore.passwordPath': inEnsemble('M', nonEmpty('a file'), null),
  'ssl.quorum.trustStore.type': inEnsemble('M', storeType, null),
  'ssl.quorum.clientAuth': inEnsemble('M', oneOf('none', 'want', 'need'), 'need'),
  'ssl.quorum.protocol': inEnsemble('M', oneOf('TLSv1.2', 'TLSv1.3', 'TLS'), null),
  'ssl.quorum.enabledProtocols': inEnsemble('M', list, null),
  'ssl.quorum.ciphersuites': inEnsemble('M', list, null),
  'ssl.quorum.handshakeDetectionTimeoutMillis': inEnsemble('S', int({ min: 1, unit: 'ms' }), 5000),
  'ssl.quorum.hostnameVerification': inEnsemble('M', looseBool, true),
  'ssl.quorum.clientHostnameVerification': inEnsemble('S', looseBool, true),
  'ssl.quorum.allowReverseDnsLookup': inEnsemble('R', looseBool, true),
  'ssl.quorum.crl': refused({ mark: 'R', type: looseBool, asks: (on) => on, reason: 'revocation lists are not read' }),
  'ssl.quorum.ocsp': refused({ mark: 'R', type: looseBool, asks: (on) => on, reason: 'OCSP is not consulted' }),
  'ssl.quorum.sslProvider': ignored('R', text, OWN_TLS),
  'ssl.quorum.context.supplier.class': ignored('R', text, OWN_TLS),
};
