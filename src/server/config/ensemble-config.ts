import type { QuorumConfig } from '../zab/quorum-config.js';
import type { TlsConfig, TlsStore } from './server-config.js';

/**
 * How one member of an ensemble is to run with the others: every value checked, every default filled in. Ticks are
 * multiples of the configuration's tick time, times are ms.
 */
export interface EnsembleConfig {
  /** Number of this server, from the file `myid`; it is in `membership`. */
  readonly sid: number;
  /** The members as last known to be in force; version 0 unless it comes from a file that a reconfiguration wrote. */
  readonly membership: QuorumConfig;
  /** Members that were proposed and not known to be in force when this server stopped; else `membership` itself. */
  readonly lastSeen: QuorumConfig;
  /** Where reconfigurations are written; null when the configuration does not come from a file. */
  readonly files: MembershipFiles | null;
  /** A single voter is an ensemble only when this is false; then an ensemble may shrink to one. */
  readonly standaloneEnabled: boolean;
  readonly reconfigEnabled: boolean;

  /** Ticks for finding a quorum, connecting to the leader and catching up. */
  readonly initLimit: number;
  /** Ticks after which a silent server is given up. */
  readonly syncLimit: number;
  /** Ms for the first connection to the leader. */
  readonly connectToLearnerMasterLimitMs: number;
  /** Pause between two attempts to connect to the leader. */
  readonly leaderConnectRetryDelayMs: number;

  /** Listen on all addresses for other servers, not only on those of this server's line. */
  readonly quorumListenOnAllIps: boolean;
  /** Attempts to bind the election port; 0 = without end. */
  readonly electionPortBindRetries: number;
  /** For connecting to the election port of another server. */
  readonly cnxTimeoutMs: number;
  /** How long the first message on an accepted election connection may take. */
  readonly quorumCnxnTimeoutMs: number;
  readonly tcpKeepAlive: boolean;
  /** Servers may have several addresses; all of the ensemble must know of that. */
  readonly multiAddressEnabled: boolean;
  /** First and longest wait for notifications before one's own is sent again. */
  readonly notificationIntervalMs: { readonly min: number; readonly max: number };

  /** The leader takes clients. */
  readonly leaderServes: boolean;
  /** Committed transactions kept in memory for servers that come back. */
  readonly commitLogCount: number;
  /** How much of the log, as a fraction of the newest snapshot, is sent before a snapshot is preferred; negative = none. */
  readonly snapshotSizeFactor: number;
  readonly observer: { readonly reconnectDelayMs: number; readonly electionDelayMs: number };
  readonly localSessionsEnabled: boolean;
  readonly localSessionsUpgradingEnabled: boolean;
  /** Serve reads to clients that ask for it while there is no leader. */
  readonly readOnlyModeEnabled: boolean;

  /** Speak TLS to other servers. */
  readonly sslQuorum: boolean;
  /** Take plain and TLS connections from other servers, told apart by their first byte. */
  readonly portUnification: boolean;
  /** Null when neither of the two is on. */
  readonly tls: QuorumTlsConfig | null;
}

/** TLS between servers: each is a server to some and a client of others. */
export interface QuorumTlsConfig extends TlsConfig {
  readonly trustStore: TlsStore;
  /** Check that the certificate of a server that is called is for its name. */
  readonly hostnameVerification: boolean;
  /** Check that the certificate of a server that calls is for its address, or for a name of its address. */
  readonly clientHostnameVerification: boolean;
  /** Look up the names of a calling server's address for that. */
  readonly reverseLookup: boolean;
}

/** The files that say who the members are. Absolute paths. */
export interface MembershipFiles {
  /** The configuration file that the server was started with. */
  readonly configFile: string;
  /** What its `dynamicConfigFile` names; null when the members stand in the configuration file itself. */
  readonly dynamicFile: string | null;
}
