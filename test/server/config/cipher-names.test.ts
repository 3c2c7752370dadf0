import { getCiphers } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { opensslCipherName } from '../../../src/server/config/cipher-names.js';

describe('opensslCipherName', () => {
  it.each([
    ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
    ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', 'ECDHE-ECDSA-AES256-GCM-SHA384'],
    ['TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256', 'ECDHE-RSA-AES128-SHA256'],
    ['TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA', 'ECDHE-RSA-AES256-SHA'],
    ['TLS_DHE_RSA_WITH_AES_256_GCM_SHA384', 'DHE-RSA-AES256-GCM-SHA384'],
    ['TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-RSA-CHACHA20-POLY1305'],
    ['TLS_RSA_WITH_AES_128_GCM_SHA256', 'AES128-GCM-SHA256'],
    ['TLS_RSA_WITH_AES_128_CBC_SHA', 'AES128-SHA'],
    ['TLS_AES_128_GCM_SHA256', 'TLS_AES_128_GCM_SHA256'],
    ['ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
  ])('maps %s', (java, openssl) => {
    expect(opensslCipherName(java)).toBe(openssl);
    expect(getCiphers()).toContain(openssl.toLowerCase());
  });

  it('knows nothing of suites that OpenSSL lacks', () => {
    expect(opensslCipherName('TLS_ECDHE_RSA_WITH_RC4_128_SHA')).toBeNull();
    expect(opensslCipherName('nonsense')).toBeNull();
  });
});
