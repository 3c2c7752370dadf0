import type { ElectionModuleOptions } from '../quorum/election-module.js';
import type { Membership } from '../quorum/membership.js';
import { PeerPorts } from '../quorum/peer-ports.js';
import type { QuorumPeerOptions } from '../quorum/quorum-peer.js';
import type { TlsClientOptions, TlsServerOptions } from '../../runtime/index.js';
import type { EnsembleServerConfig } from './ensemble-server-config.js';
import type { ServerDeps } from './server-deps.js';

/** How long a connection may keep silent before it has to be plain or TLS (quorum-protocol 3.16). */
const DETECTION_MS = 5000;

/** A server that has seen no leader for two seconds, or a longer tick, serves reads if it may (operations 7.4). */
const READ_ONLY_AFTER_MIN_MS = 2000;

/** What the configuration says about a member's part in the quorum. */
export function quorumPeerOptions({
  ensemble,
  tickTimeMs,
  juteMaxBufferBytes,
  juteMaxBufferExtraBytes,
}: EnsembleServerConfig): QuorumPeerOptions {
  const { sid, initLimit, syncLimit, connectToLearnerMasterLimitMs, leaderConnectRetryDelayMs } = ensemble;
  const { observer, readOnlyModeEnabled } = ensemble;
  return {
    ...{ sid, tickTimeMs, initLimit, syncLimit },
    connectTimeoutMs: connectToLearnerMasterLimitMs,
    leaderRetryDelayMs: leaderConnectRetryDelayMs,
    fieldBytesMax: juteMaxBufferBytes + juteMaxBufferExtraBytes,
    observerDelayMaxMs: observer.electionDelayMs,
    observerReconnectDelayMs: observer.reconnectDelayMs,
    readOnlyAfterMs: readOnlyModeEnabled ? Math.max(READ_ONLY_AFTER_MIN_MS, tickTimeMs) : null,
  };
}

/** Where the quorum ports are. */
export function peerPorts({ ensemble }: Pick<EnsembleServerConfig, 'ensemble'>, deps: ServerDeps): PeerPorts {
  const { sid, quorumListenOnAllIps, tcpKeepAlive } = ensemble;
  const { server, client } = quorumTls(ensemble, deps);
  return new PeerPorts({
    sid,
    listenOnAllIps: quorumListenOnAllIps,
    keepAlive: tcpKeepAlive,
    tlsServer: server,
    tlsClient: client,
  });
}

/** Where and how the election is held; who is told is the caller's. */
export function electionOptions(
  { ensemble }: EnsembleServerConfig,
  deps: ServerDeps,
  membership: Membership,
): Omit<ElectionModuleOptions, 'elected' | 'abandoned' | 'outvoted' | 'newerConfig'> {
  const { client } = quorumTls(ensemble, deps);
  return {
    sid: ensemble.sid,
    runtime: deps.runtime,
    logger: deps.logger,
    config: () => membership.current,
    lastSeen: () => membership.lastSeen,
    listen: peerPorts({ ensemble }, deps).electionListen(membership.current),
    tls: client,
    bindAttemptsMax: ensemble.electionPortBindRetries,
    connectTimeoutMs: ensemble.cnxTimeoutMs,
    introductionTimeoutMs: ensemble.quorumCnxnTimeoutMs,
    intervalMs: ensemble.notificationIntervalMs,
    multiAddressEnabled: ensemble.multiAddressEnabled,
  };
}

function quorumTls(
  { sslQuorum, portUnification }: EnsembleServerConfig['ensemble'],
  { quorumTls }: ServerDeps,
): { server: TlsServerOptions | null; client: TlsClientOptions | null } {
  if (!sslQuorum && !portUnification) return { server: null, client: null };
  if (quorumTls === undefined)
    throw new TypeError('sslQuorum or portUnification is on: pass its material as `quorumTls`');
  const server = portUnification
    ? { ...quorumTls.server, plainTextToo: { detectionTimeoutMs: DETECTION_MS } }
    : quorumTls.server;
  return { server, client: sslQuorum ? quorumTls.client : null };
}
