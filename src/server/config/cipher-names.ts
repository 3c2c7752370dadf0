import { getCiphers } from 'node:tls';

/**
 * The OpenSSL name of a cipher suite given in Java's (and the standards') spelling, such as
 * `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256` -> `ECDHE-RSA-AES128-GCM-SHA256`. TLS 1.3 suites and OpenSSL names pass
 * unchanged. Null when this build of OpenSSL has no such suite.
 */
export function opensslCipherName(name: string): string | null {
  const candidate = translate(name);
  return getCiphers().includes(candidate.toLowerCase()) ? candidate : null;
}

function translate(name: string): string {
  const match = /^(?:TLS|SSL)_(.+)_WITH_(.+)$/.exec(name);
  if (match === null) return name;
  const [, exchange = '', bulk = ''] = match;
  const cipher = bulk
    .replace(/_CBC_SHA/, '-SHA')
    .replace(/^(AES|CAMELLIA)_(\d+)/, '$1$2')
    .replace(/^CHACHA20_POLY1305_SHA256$/, 'CHACHA20-POLY1305')
    .replaceAll('_', '-');
  // OpenSSL leaves the key exchange out where it is plain RSA.
  return exchange === 'RSA' ? cipher : `${exchange.replaceAll('_', '-')}-${cipher}`;
}
