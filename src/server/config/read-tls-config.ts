import { extname } from 'node:path';
import { opensslCipherName } from './cipher-names.js';
import type { QuorumTlsConfig } from './ensemble-config.js';
import type { TlsConfig, TlsStore, TlsVersion } from './server-config.js';
import type { Settings } from './settings.js';

const TYPE_BY_EXTENSION: Readonly<Record<string, TlsStore['type']>> = {
  '.jks': 'JKS',
  '.pem': 'PEM',
  '.p12': 'PKCS12',
  '.bcfks': 'BCFKS',
};

const VERSIONS: readonly TlsVersion[] = ['TLSv1.2', 'TLSv1.3'];

/** Whose TLS: that of the client ports, or that between servers. */
export type TlsKeys = 'ssl' | 'ssl.quorum';

/** Reads the `ssl.*` keys, for a server that has a port speaking TLS. Faults are reported to `settings`; then null. */
export function readTlsConfig(settings: Settings): TlsConfig | null {
  const keyStore = readStore(settings, 'ssl.keyStore');
  const trustStore = readStore(settings, 'ssl.trustStore');
  const manners = readManners(settings, 'ssl');
  if (keyStore === null) {
    refuseMissing(settings, 'ssl.keyStore.location', 'a TLS port needs a key store');
    return null;
  }
  if (trustStore === null && manners.clientAuth !== 'none') {
    const reason = `ssl.clientAuth=${manners.clientAuth} needs it to check client certificates (or set ssl.clientAuth=none)`;
    refuseMissing(settings, 'ssl.trustStore.location', reason);
    return null;
  }
  return { keyStore, trustStore, ...manners };
}

/** The same for the `ssl.quorum.*` keys. Each server is a client of others, too, so a trust store is needed in any case. */
export function readQuorumTlsConfig(settings: Settings): QuorumTlsConfig | null {
  const keyStore = readStore(settings, 'ssl.quorum.keyStore');
  const trustStore = readStore(settings, 'ssl.quorum.trustStore');
  const manners = readManners(settings, 'ssl.quorum');
  if (keyStore === null) refuseMissing(settings, 'ssl.quorum.keyStore.location', 'TLS between servers needs it');
  if (trustStore === null) refuseMissing(settings, 'ssl.quorum.trustStore.location', 'TLS between servers needs it');
  if (keyStore === null || trustStore === null) return null;
  const hostnameVerification = settings.required('ssl.quorum.hostnameVerification');
  return {
    keyStore,
    trustStore,
    ...manners,
    hostnameVerification,
    clientHostnameVerification: hostnameVerification && settings.required('ssl.quorum.clientHostnameVerification'),
    reverseLookup: settings.required('ssl.quorum.allowReverseDnsLookup'),
  };
}

function refuseMissing(settings: Settings, key: `${TlsKeys}.${'key' | 'trust'}Store.location`, why: string): void {
  // One that is set and could not be read has been refused already.
  if (!settings.has(key)) settings.refuse(key, `is not set; ${why}`);
}

function readManners(settings: Settings, prefix: TlsKeys) {
  const versions = readVersions(settings, prefix);
  return {
    clientAuth: settings.required(`${prefix}.clientAuth`),
    minVersion: versions[0] ?? 'TLSv1.2',
    maxVersion: versions.at(-1) ?? 'TLSv1.3',
    ciphers: readCiphers(settings, prefix),
    detectionTimeoutMs: settings.required(`${prefix}.handshakeDetectionTimeoutMillis`),
  } as const;
}

function readStore(settings: Settings, prefix: `${TlsKeys}.${'key' | 'trust'}Store`): TlsStore | null {
  const location = settings.value(`${prefix}.location`);
  if (location === null) return null;
  const named = settings.value(`${prefix}.type`);
  const type = named === null || named === '' ? TYPE_BY_EXTENSION[extname(location).toLowerCase()] : named;
  if (type === undefined) {
    settings.refuse(
      `${prefix}.location`,
      `the file's type cannot be told from its name; end it in .pem or .p12, or set ${prefix}.type to PEM or PKCS12`,
    );
    return null;
  }
  const password = settings.value(`${prefix}.password`);
  return { location, type, password, passwordPath: settings.value(`${prefix}.passwordPath`) };
}

/** Versions in ascending order. `protocol` is the only one where no list is given, as in ZooKeeper. */
function readVersions(settings: Settings, prefix: TlsKeys): TlsVersion[] {
  const listed = settings.value(`${prefix}.enabledProtocols`);
  if (listed === null) {
    const only = settings.value(`${prefix}.protocol`);
    return VERSIONS.filter((version) => only === null || only === 'TLS' || only === version);
  }
  const unknown = listed.find((name) => !VERSIONS.some((version) => version === name));
  if (unknown !== undefined || listed.length === 0) {
    settings.refuse(`${prefix}.enabledProtocols`, `must list ${VERSIONS.join(' or ')}, or both`);
  }
  return VERSIONS.filter((version) => listed.includes(version));
}

function readCiphers(settings: Settings, prefix: TlsKeys): string | null {
  const listed = settings.value(`${prefix}.ciphersuites`);
  if (listed === null || listed.length === 0) return null;
  const names = listed.map((name) => opensslCipherName(name));
  const missing = listed.filter((_, index) => names[index] === null);
  if (missing.length > 0) {
    settings.refuse(`${prefix}.ciphersuites`, `this build of OpenSSL has no suite ${missing.join(', ')}`);
  }
  return names.filter((name) => name !== null).join(':');
}
