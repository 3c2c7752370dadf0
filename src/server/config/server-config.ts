import type { EnsembleConfig } from './ensemble-config.js';

/** How one server is to run: every value checked, every default filled in. Times in ms, sizes as named. */
export interface ServerConfig {
  /** How it is to run with others; null = alone. */
  readonly ensemble: EnsembleConfig | null;

  /** Absolute; snapshots live in `version-2` below it. */
  readonly dataDir: string;
  /** Absolute; transaction logs live in `version-2` below it. */
  readonly dataLogDir: string;
  /** Create missing directories. */
  readonly dataDirAutocreate: boolean;

  /** Plain port; null = none, 0 = any free one. */
  readonly clientPort: number | null;
  /** Address to bind; null = all. */
  readonly clientPortAddress: string | null;
  /** TLS port; null = none, 0 = any free one. */
  readonly secureClientPort: number | null;
  readonly secureClientPortAddress: string | null;
  /** -1 = the system's default. */
  readonly clientPortListenBacklog: number;

  readonly tickTimeMs: number;
  readonly minSessionTimeoutMs: number;
  readonly maxSessionTimeoutMs: number;

  /** Connections from one address, plain and TLS counted apart; 0 = no limit. */
  readonly maxClientCnxns: number;
  /** Connections in all; 0 = no limit. */
  readonly maxCnxns: number;
  /** A connection that opens no session is closed after this long. */
  readonly sessionlessTimeoutMs: number;
  /** Requests in process beyond which no more are read from busy connections. */
  readonly globalOutstandingLimit: number;
  /** Largest request frame. */
  readonly juteMaxBufferBytes: number;
  /** Allowance on top of it for single strings and buffers when reading logs and snapshots. */
  readonly juteMaxBufferExtraBytes: number;

  /** A snapshot follows after a random number of transactions in (snapCount/2, snapCount]. */
  readonly snapCount: number;
  /** Same by bytes of log; 0 or less = off. */
  readonly snapSizeLimitKb: number;
  /** Begin a new log file at this size; 0 or less = off. */
  readonly txnLogSizeLimitKb: number;
  readonly preAllocSizeKb: number;
  /** False = answer before the disk has the write. */
  readonly forceSync: boolean;
  /** Warn when a sync takes longer. */
  readonly fsyncWarningThresholdMs: number;
  /** Start although there are logs and no snapshot. */
  readonly snapshotTrustEmpty: boolean;
  /** How snapshots are packed; those found are read whatever it says. */
  readonly snapshotCompression: '' | 'gz' | 'snappy';
  /** Write the last zxid into snapshots. */
  readonly serializeLastProcessedZxid: boolean;
  readonly autopurge: AutopurgeConfig;

  readonly extendedTypesEnabled: boolean;
  readonly digestEnabled: boolean;
  readonly enforceQuota: boolean;
  readonly skipAcl: boolean;
  /** Members may be changed while the ensemble runs. Alone, it decides which error refuses a reconfig request. */
  readonly reconfigEnabled: boolean;
  readonly container: ContainerSweepConfig;

  readonly words: WordConfig;
  readonly auth: AuthConfig;
  /** Null = no port speaks TLS. */
  readonly tls: TlsConfig | null;
  /** `clientPort` takes plain and TLS clients, told apart by their first byte. */
  readonly clientPortUnification: boolean;
}

/** Removal of old snapshots and logs (keys `autopurge.*`). */
export interface AutopurgeConfig {
  /** 0 = never. */
  readonly intervalMs: number;
  /** Snapshots that are kept, with the logs they need; at least 3. */
  readonly snapRetainCount: number;
}

/** The task that removes empty container nodes and expired TTL nodes. */
export interface ContainerSweepConfig {
  readonly checkIntervalMs: number;
  readonly maxPerMinute: number;
  /** Containers that never had a child go after this long; 0 = never. */
  readonly maxNeverUsedIntervalMs: number;
}

/** Who may use which four-letter word. */
export interface WordConfig {
  /** Words, or `*` for all of them. */
  readonly whitelist: readonly string[];
  /** Clients on this machine may use the words of health checks in any case. */
  readonly loopback: boolean;
}

/** Which identities connections may have, and which they must (client-protocol 9.3 and 9.8). */
export interface AuthConfig {
  readonly digestEnabled: boolean;
  /** Name for node:crypto, such as `sha1`. */
  readonly digestAlgorithm: string;
  /** `super:<base64>`; null = no super user by digest. */
  readonly superDigest: string | null;
  /** Subject of the certificate that makes super; null = none. */
  readonly x509SuperUser: string | null;
  /** Schemes beyond world, auth, digest and ip that ACLs may name. */
  readonly extraSchemes: ReadonlySet<'sasl' | 'x509'>;
  /** Clients may name the ensemble they want with scheme `ensemble`. */
  readonly ensembleScheme: boolean;
  /** What they must name; null = anything will do. */
  readonly ensembleName: string | null;
  /** Connections must have an identity of one of these schemes; null = no such rule. */
  readonly enforcedSchemes: readonly string[] | null;
}

/** Where the server's TLS material is and what it demands of clients. */
export interface TlsConfig {
  readonly keyStore: TlsStore;
  /** Null = no client certificate can be verified. */
  readonly trustStore: TlsStore | null;
  readonly clientAuth: 'none' | 'want' | 'need';
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
  /** OpenSSL names joined by `:`; null = the runtime's default. */
  readonly ciphers: string | null;
  /** On a shared port: how long to wait for the byte that tells TLS from plain. */
  readonly detectionTimeoutMs: number;
}

/** Value of `ssl.protocol` and `ssl.enabledProtocols`. */
export type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

/** One key or trust store. */
export interface TlsStore {
  readonly location: string;
  readonly type: 'JKS' | 'PEM' | 'PKCS12' | 'BCFKS';
  /** Inline password; null = none. */
  readonly password: string | null;
  /** File that holds the password; goes before `password`. */
  readonly passwordPath: string | null;
}
