import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { nodeRuntime } from '../../../src/runtime/index.js';
import type { ByteStream, TlsClientOptions } from '../../../src/runtime/index.js';
import { ConfigError } from '../../../src/server/config/config-error.js';
import type { QuorumTlsConfig } from '../../../src/server/config/ensemble-config.js';
import type { TlsConfig, TlsStore } from '../../../src/server/config/server-config.js';
import { loadQuorumTlsMaterial, loadTlsMaterial } from '../../../src/server/config/tls-material.js';

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/tls/${name}`, import.meta.url));
const pem = (name: string) => readFileSync(fixture(name), 'utf8');
const scratch = mkdtempSync(join(tmpdir(), 'pinfold-tls-'));
const NOW_MS = Date.UTC(2026, 10, 21);

afterAll(() => rmSync(scratch, { recursive: true }));

function write(name: string, content: string | Buffer): string {
  const path = join(scratch, name);
  writeFileSync(path, content);
  return path;
}

const store = (location: string, more: Partial<TlsStore> = {}): TlsStore => ({
  location,
  type: 'PEM',
  password: null,
  passwordPath: null,
  ...more,
});

const keyPem = write('key.pem', `${pem('server-key.pem')}\n${pem('server.pem')}`);
const encryptedPem = write('encrypted.pem', `${pem('server-key-encrypted.pem')}\n${pem('server.pem')}`);
const passwordFile = write('password', 'secret\n');

const config = (more: Partial<TlsConfig> = {}): TlsConfig => ({
  keyStore: store(keyPem),
  trustStore: store(fixture('ca.pem')),
  clientAuth: 'need',
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  ciphers: null,
  detectionTimeoutMs: 5000,
  ...more,
});

const load = (more: Partial<TlsConfig> = {}) => loadTlsMaterial(config(more), NOW_MS);

/** The subject the server sees of a client; null when the client got no connection, '' when it has no certificate. */
async function handshake(more: Partial<TlsConfig>, client: TlsClientOptions): Promise<string | null> {
  const { network } = nodeRuntime();
  const seen: ByteStream[] = [];
  const tls = load(more).options;
  const listener = await network.listen({ host: '127.0.0.1', port: 0, tls }, (stream) => {
    seen.push(stream);
    stream.listen({ data: () => undefined, close: () => undefined });
    stream.write(Buffer.from('hello'));
  });
  try {
    const options = { ca: pem('ca.pem'), servername: 'localhost', ...client };
    const stream = await network.connect({ host: '127.0.0.1', port: listener.port, tls: options, timeoutMs: 5000 })
      .stream;
    // In TLS 1.3 a refused client learns of it only when it reads.
    const served = await new Promise<boolean>((resolve) => {
      stream.listen({ data: () => resolve(true), close: () => resolve(false) });
    });
    stream.destroy();
    return served ? (seen[0]?.peerCertificateSubject ?? '') : null;
  } catch {
    return null;
  } finally {
    for (const stream of seen) stream.destroy();
    await listener.close();
  }
}

const alice: TlsClientOptions = { key: pem('client-key.pem'), cert: pem('client.pem') };

function faultOf(more: Partial<TlsConfig>): string {
  const attempt = () => load(more);
  expect(attempt).toThrow(ConfigError);
  try {
    attempt();
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
  return '';
}

describe('key stores', () => {
  it.each<[string, TlsStore]>([
    ['a PEM file', store(keyPem)],
    ['a PEM file with an encrypted key', store(encryptedPem, { password: 'secret' })],
    ['a PEM file whose password is in a file', store(encryptedPem, { password: 'wrong', passwordPath: passwordFile })],
    ['a PKCS#12 file', store(fixture('server.p12'), { type: 'PKCS12', password: 'secret' })],
  ])('serve from %s', async (_, keyStore) => {
    expect(await handshake({ keyStore, clientAuth: 'none' }, {})).toBe('');
  });

  it.each<[string, TlsStore, RegExp]>([
    [
      'that are missing',
      store('/nowhere/key.pem'),
      /ssl\.keyStore\.location=\/nowhere\/key\.pem: this file is missing/,
    ],
    [
      'of Java',
      store(write('k.jks', Buffer.from('feedfeed00000002', 'hex')), { type: 'JKS' }),
      /keytool -importkeystore -srckeystore .*k\.jks -destkeystore .*k\.p12 -deststoretype PKCS12/,
    ],
    ['of Java under another name', store(write('k.pem', Buffer.from('feedfeed00000002', 'hex'))), /Java key store/],
    ['with a wrong password', store(encryptedPem, { password: 'guess' }), /the password does not open it/],
    ['with no password', store(encryptedPem), /the password does not open it/],
    [
      'of PKCS#12 with a wrong password',
      store(fixture('server.p12'), { type: 'PKCS12', password: 'guess' }),
      /the password does not open it/,
    ],
    ['without a key', store(fixture('server.pem')), /has no private key/],
    ['without a certificate', store(fixture('server-key.pem')), /has no certificate/],
    [
      'whose key is of another certificate',
      store(write('mixed.pem', pem('server-key.pem') + pem('client.pem'))),
      /does not belong to the first certificate/,
    ],
    [
      'that are no stores at all',
      store(write('junk.p12', 'junk'), { type: 'PKCS12', password: 'x' }),
      /cannot be used \(OpenSSL: /,
    ],
    [
      'whose password file is missing',
      store(encryptedPem, { passwordPath: '/nowhere/pw' }),
      /ssl\.keyStore\.passwordPath=\/nowhere\/pw: this file is missing/,
    ],
  ])('%s are refused with a way out', (_, keyStore, fault) => {
    expect(faultOf({ keyStore })).toMatch(fault);
    expect(faultOf({ keyStore })).not.toContain('guess');
  });
});

describe('trust stores', () => {
  it('of PKCS#12 and of Java are refused with the command that converts them', () => {
    const p12 = store(fixture('server.p12'), { type: 'PKCS12', password: 'secret' });
    expect(faultOf({ trustStore: p12 })).toMatch(/keytool -list -rfc -keystore .*server\.p12 > .*server\.pem/);
    const jks = store(write('t.jks', Buffer.from('feedfeed00000002', 'hex')), { type: 'JKS' });
    expect(faultOf({ trustStore: jks })).toMatch(/keytool -list -rfc -keystore .*t\.jks > .*t\.pem/);
  });

  it('without a certificate are refused', () => {
    expect(faultOf({ trustStore: store(fixture('server-key.pem')) })).toMatch(
      /ssl\.trustStore\.location.*no certificate/,
    );
  });
});

describe('client certificates', () => {
  it('are needed by default', async () => {
    expect(await handshake({}, alice)).toMatch(/CN=alice/);
    expect(await handshake({}, {})).toBeNull();
  });

  it('are welcome with want', async () => {
    expect(await handshake({ clientAuth: 'want' }, alice)).toMatch(/CN=alice/);
    expect(await handshake({ clientAuth: 'want' }, {})).toBe('');
  });

  it('are not asked for with none', async () => {
    expect(await handshake({ clientAuth: 'none' }, alice)).toBe('');
  });
});

describe('versions and suites', () => {
  it('bind both sides', async () => {
    const old = { clientAuth: 'none', maxVersion: 'TLSv1.2' } as const;
    expect(await handshake(old, { minVersion: 'TLSv1.3' })).toBeNull();
    expect(await handshake(old, {})).toBe('');
    const ciphers = 'ECDHE-RSA-AES256-GCM-SHA384';
    expect(await handshake({ ...old, ciphers }, { ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' })).toBeNull();
  });
});

describe('certificates that end', () => {
  const endMs = Date.parse(new X509Certificate(pem('server.pem')).validTo);
  const warningsAt = (nowMs: number) => loadTlsMaterial(config(), nowMs).warnings;

  it('are warned of a month ahead, and when it is too late', () => {
    const dayMs = 86_400_000;
    expect(warningsAt(endMs - 31 * dayMs)).toEqual([]);
    expect(warningsAt(endMs - 10.5 * dayMs)[0]).toMatch(/the certificate of .*CN=.* expires in 10 days/);
    expect(warningsAt(endMs + dayMs)[0]).toMatch(/has expired/);
  });
});

describe('TLS between servers', () => {
  const quorum = (more: Partial<QuorumTlsConfig> = {}): QuorumTlsConfig => ({
    ...config(),
    trustStore: store(fixture('ca.pem')),
    hostnameVerification: true,
    clientHostnameVerification: true,
    reverseLookup: false,
    ...more,
  });
  const { network } = nodeRuntime();

  /** One server calls another at an address; true when each has proved who it is. */
  async function reaches(host: string, more: Partial<QuorumTlsConfig> = {}): Promise<boolean> {
    const { server, client } = loadQuorumTlsMaterial(quorum(more), NOW_MS);
    const listener = await network.listen({ host, port: 0, tls: server }, (stream) => {
      stream.listen({ data: () => undefined, close: () => undefined });
      stream.write(Buffer.from('welcome'));
    });
    try {
      const { stream } = network.connect({ host, port: listener.port, tls: client, timeoutMs: 10_000 });
      const caller = await stream;
      return await new Promise<boolean>((resolve) => {
        const heard = (isWelcome: boolean): void => {
          resolve(isWelcome);
          caller.destroy();
        };
        caller.listen({ data: () => heard(true), close: () => heard(false) });
      });
    } catch {
      return false;
    } finally {
      await listener.close();
    }
  }

  it('proves both sides by their certificates', async () => {
    expect(await reaches('127.0.0.1')).toBe(true);
    expect(
      await reaches('127.0.0.1', { keyStore: store(fixture('server.p12'), { type: 'PKCS12', password: 'secret' }) }),
    ).toBe(true);
  });

  it('demands that they are for the addresses, unless told otherwise', async () => {
    expect(await reaches('127.0.0.2')).toBe(false);
    expect(await reaches('127.0.0.2', { hostnameVerification: false, clientHostnameVerification: true })).toBe(true);
    const lax = { hostnameVerification: false, clientHostnameVerification: false };
    expect(await reaches('127.0.0.2', lax)).toBe(true);
  });

  it('names its own keys when something is wrong', () => {
    const missing = store('/nowhere/key.pem');
    expect(() => loadQuorumTlsMaterial(quorum({ keyStore: missing }), NOW_MS)).toThrow(
      /ssl\.quorum\.keyStore\.location=\/nowhere\/key\.pem: this file is missing/,
    );
    const locked = store(encryptedPem, { password: 'guess' });
    expect(() => loadQuorumTlsMaterial(quorum({ keyStore: locked }), NOW_MS)).toThrow(
      /check ssl\.quorum\.keyStore\.password or ssl\.quorum\.keyStore\.passwordPath/,
    );
  });
});
