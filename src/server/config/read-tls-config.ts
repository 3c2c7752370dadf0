import { extname } from 'node:path';
import { opensslCipherName } from './cipher-names.js';
import type { TlsConfig, TlsStore, TlsVersion } from './server-config.js';
import type { Settings } from './settings.js';

const TYPE_BY_EXTENSION: Readonly<Record<string, TlsStore['type']>> = {
  '.jks': 'JKS',
  '.pem': 'PEM',
  '.p12': 'PKCS12',
  '.bcfks': 'BCFKS',
};

const VERSIONS: readonly TlsVersion[] = ['TLSv1.2', 'TLSv1.3'];

/** Reads the `ssl.*` keys, for a server that has a port speaking TLS. Faults are reported to `settings`; then null. */
export function readTlsConfig(settings: Settings): TlsConfig | null {
  const keyStore = readStore(settings, 'ssl.keyStore');
  const trustStore = readStore(settings, 'ssl.trustStore');
  const versions = readVersions(settings);
  const clientAuth = settings.required('ssl.clientAuth');
  if (keyStore === null) {
    if (!settings.has('ssl.keyStore.location')) {
      settings.refuse('ssl.keyStore.location', 'is not set; a TLS port needs a key store');
    }
    return null;
  }
  if (trustStore === null && clientAuth !== 'none') {
    settings.refuse(
      'ssl.trustStore.location',
      `is not set; ssl.clientAuth=${clientAuth} needs it to check client certificates (or set ssl.clientAuth=none)`,
    );
    return null;
  }
  return {
    keyStore,
    trustStore,
    clientAuth,
    minVersion: versions[0] ?? 'TLSv1.2',
    maxVersion: versions.at(-1) ?? 'TLSv1.3',
    ciphers: readCiphers(settings),
    detectionTimeoutMs: settings.required('ssl.handshakeDetectionTimeoutMillis'),
  };
}

function readStore(settings: Settings, prefix: 'ssl.keyStore' | 'ssl.trustStore'): TlsStore | null {
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

/** Versions in ascending order. `ssl.protocol` is the only one where no list is given, as in ZooKeeper. */
function readVersions(settings: Settings): TlsVersion[] {
  const listed = settings.value('ssl.enabledProtocols');
  if (listed === null) {
    const only = settings.value('ssl.protocol');
    return VERSIONS.filter((version) => only === null || only === 'TLS' || only === version);
  }
  const unknown = listed.find((name) => !VERSIONS.some((version) => version === name));
  if (unknown !== undefined || listed.length === 0) {
    settings.refuse('ssl.enabledProtocols', `must list ${VERSIONS.join(' or ')}, or both`);
  }
  return VERSIONS.filter((version) => listed.includes(version));
}

function readCiphers(settings: Settings): string | null {
  const listed = settings.value('ssl.ciphersuites');
  if (listed === null || listed.length === 0) return null;
  const names = listed.map((name) => opensslCipherName(name));
  const missing = listed.filter((_, index) => names[index] === null);
  if (missing.length > 0) {
    settings.refuse('ssl.ciphersuites', `this build of OpenSSL has no suite ${missing.join(', ')}`);
  }
  return names.filter((name) => name !== null).join(':');
}
