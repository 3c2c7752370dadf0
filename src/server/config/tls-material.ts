import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { SecureContextOptions } from 'node:tls';
import type { TlsClientOptions, TlsServerOptions } from '../../runtime/index.js';
import { ConfigError } from './config-error.js';
import type { QuorumTlsConfig } from './ensemble-config.js';
import type { TlsKeys } from './read-tls-config.js';
import type { TlsConfig, TlsStore } from './server-config.js';

/** What a TLS port needs, and what an operator should know about it. */
export interface TlsMaterial {
  readonly options: TlsServerOptions;
  /** One line each. */
  readonly warnings: readonly string[];
}

/** What servers need to speak TLS to each other: each is called by some and calls others. */
export interface QuorumTlsMaterial {
  readonly server: TlsServerOptions;
  readonly client: TlsClientOptions;
  /** One line each. */
  readonly warnings: readonly string[];
}

type StoreKind = `${TlsKeys}.${'key' | 'trust'}Store`;

interface OpenStore {
  readonly kind: StoreKind;
  readonly location: string;
  readonly bytes: Buffer;
  readonly password: string | null;
}

const JKS_MAGIC = 0xfeedfeed;
const DAY_MS = 86_400_000;
const EXPIRY_WARNING_DAYS = 30;
const PEM_BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[^]+?-----END \1-----/g;

/**
 * Reads the key and trust stores of a configuration and tries them out. Throws a ConfigError that names the key and says
 * how to get a store that works.
 * @param nowMs wall time, to warn of certificates that end soon
 */
export function loadTlsMaterial(config: TlsConfig, nowMs: number): TlsMaterial {
  const { context, warnings } = loadContext(config, 'ssl', nowMs);
  return { options: { ...context, ...demandsOf(config) }, warnings };
}

/** The same for the connections between servers, for both ends of them. */
export function loadQuorumTlsMaterial(config: QuorumTlsConfig, nowMs: number): QuorumTlsMaterial {
  const { context, warnings } = loadContext(config, 'ssl.quorum', nowMs);
  const { clientHostnameVerification, reverseLookup, hostnameVerification } = config;
  const checksCaller = clientHostnameVerification && config.clientAuth !== 'none';
  return {
    server: {
      ...context,
      ...demandsOf(config),
      ...(checksCaller ? { verifyPeerAddress: { reverseLookup } } : {}),
    },
    client: { ...context, rejectUnauthorized: true, verifyHostname: hostnameVerification },
    warnings,
  };
}

function demandsOf({ clientAuth }: TlsConfig) {
  return { requestCert: clientAuth !== 'none', rejectUnauthorized: clientAuth === 'need' };
}

function loadContext(config: TlsConfig, keys: TlsKeys, nowMs: number) {
  const keyStore = openStore(`${keys}.keyStore`, config.keyStore);
  const key = config.keyStore.type === 'PEM' ? pemKey(keyStore) : pkcs12Key(keyStore);
  const trustStore = config.trustStore === null ? null : openStore(`${keys}.trustStore`, config.trustStore);
  const context = {
    ...key,
    ...(trustStore === null ? {} : { ca: trustedCertificates(trustStore, config.trustStore?.type) }),
    ...(config.ciphers === null ? {} : { ciphers: config.ciphers }),
    minVersion: config.minVersion,
    maxVersion: config.maxVersion,
  };
  tryOut(context, keyStore);
  return { context, warnings: expiryWarnings(key, keyStore.location, nowMs) };
}

function openStore(kind: StoreKind, store: TlsStore): OpenStore {
  const { location, passwordPath } = store;
  const bytes = readStoreFile(`${kind}.location`, location);
  const isJks = bytes.length >= 4 && bytes.readUInt32BE(0) === JKS_MAGIC;
  if (isJks || store.type === 'JKS' || store.type === 'BCFKS') {
    throw fault(
      `${kind}.location`,
      location,
      `this is a Java key store, which only Java can read; ${conversion(kind, location)}`,
    );
  }
  const password = passwordPath === null ? store.password : readPassword(`${kind}.passwordPath`, passwordPath);
  return { kind, location, bytes, password };
}

/** One command that makes a usable store out of a Java one. */
function conversion(kind: StoreKind, location: string): string {
  const base = location.replace(/\.[^./\\]*$/, '');
  return kind.endsWith('keyStore')
    ? `convert it: keytool -importkeystore -srckeystore ${location} -destkeystore ${base}.p12 -deststoretype PKCS12`
    : `convert it: keytool -list -rfc -keystore ${location} > ${base}.pem`;
}

function pemKey({ kind, location, bytes, password }: OpenStore): SecureContextOptions {
  const blocks = pemBlocks(bytes);
  const key = blocks.find(({ label }) => label.endsWith('PRIVATE KEY'));
  const chain = blocks.filter(({ label }) => label === 'CERTIFICATE');
  if (key === undefined || chain.length === 0) {
    const missing = key === undefined ? 'private key' : 'certificate';
    throw fault(
      `${kind}.location`,
      location,
      `this PEM file has no ${missing}; it must hold the key and its certificates`,
    );
  }
  const passphrase = password === null ? {} : { passphrase: password };
  return { key: key.text, cert: chain.map(({ text }) => text).join('\n'), ...passphrase };
}

function pkcs12Key({ bytes, password }: OpenStore): SecureContextOptions {
  return { pfx: bytes, passphrase: password ?? '' };
}

function trustedCertificates(store: OpenStore, type: TlsStore['type'] | undefined): string[] {
  const { kind, location, bytes } = store;
  if (type !== 'PEM') {
    throw fault(
      `${kind}.location`,
      location,
      `a PKCS#12 trust store cannot be read by Node.js; ${conversion(kind, location)}`,
    );
  }
  const trusted = pemBlocks(bytes).filter(({ label }) => label === 'CERTIFICATE');
  if (trusted.length === 0) throw fault(`${kind}.location`, location, 'this PEM file has no certificate');
  return trusted.map(({ text }) => text);
}

function tryOut(options: SecureContextOptions, { kind, location }: OpenStore): void {
  try {
    createSecureContext(options);
  } catch (error) {
    throw fault(`${kind}.location`, location, explain(error instanceof Error ? error.message : String(error), kind));
  }
}

/** What OpenSSL means, in the words of whoever wrote the configuration. */
function explain(message: string, kind: StoreKind): string {
  if (/mac verify failure|bad decrypt|interrupted or cancelled|bad password read/i.test(message)) {
    return `the password does not open it; check ${kind}.password or ${kind}.passwordPath`;
  }
  if (/unsupported/i.test(message)) {
    return 'it is encrypted the old way, which OpenSSL 3 refuses; export it anew with a current keytool or openssl';
  }
  if (/key values mismatch/i.test(message)) return 'the private key does not belong to the first certificate';
  return `it cannot be used (OpenSSL: ${message})`;
}

/** Certificates in a PKCS#12 file cannot be looked at from here; then there is nothing to say. */
function expiryWarnings({ cert }: SecureContextOptions, location: string, nowMs: number): string[] {
  if (typeof cert !== 'string') return [];
  const { validTo, subject } = new X509Certificate(cert);
  const days = Math.floor((Date.parse(validTo) - nowMs) / DAY_MS);
  if (days >= EXPIRY_WARNING_DAYS) return [];
  const when = days < 0 ? 'has expired' : `expires in ${days} days`;
  return [`${location}: the certificate of ${subject.replaceAll('\n', ', ')} ${when} (${validTo})`];
}

function pemBlocks(bytes: Buffer): { label: string; text: string }[] {
  return [...bytes.toString('latin1').matchAll(PEM_BLOCK)].map(([text, label = '']) => ({ label, text }));
}

function readPassword(key: string, path: string): string {
  return readStoreFile(key, path).toString('utf8').split(/\r?\n/, 1)[0] ?? '';
}

function readStoreFile(key: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    const reason = code === 'ENOENT' ? 'this file is missing' : `this file cannot be read (${String(code)})`;
    throw fault(key, path, reason);
  }
}

function fault(key: string, value: string, allowed: string): ConfigError {
  return new ConfigError({ key, value, allowed, nearest: null, source: 'TLS', line: null });
}
