import { honoured, ignored, inEnsemble, warned } from './key-spec.js';
import { float, int, looseBool, oneOf, port, strictBool, text, unlessNo } from './value-types.js';

const NO_QUORUM_SASL = 'SASL between servers is not supported; an ensemble that asks for it does not start';
const NO_SOCKET_BLOCKS = 'no socket ever blocks here';
const NEVER_DELAYED = 'what is sent to another server is never held back';
const NO_LIMIT = 'learners are brought up to date as they come';
const NO_THREADS = 'it tunes threads that do not exist here';

/**
 * Keys of an ensemble: operations specification, section 1.3. They count where several servers are listed; a server that
 * runs alone reads and checks them, and leaves them alone. `server.N` lines have a reader of their own.
 */
export const ensembleKeys = {
  initLimit: inEnsemble('M', int({ min: 1, unit: 'ticks' }), null),
  syncLimit: inEnsemble('M', int({ min: 1, unit: 'ticks' }), null),
  connectToLearnerMasterLimit: inEnsemble('R', int({ unit: 'ticks' }), 0),
  electionAlg: inEnsemble('M', oneOf('3'), '3'),
  peerType: inEnsemble('M', oneOf('participant', 'observer'), null),
  quorumListenOnAllIPs: inEnsemble('M', strictBool, false),
  electionPortBindRetry: inEnsemble('S', int(), 3),
  cnxTimeout: inEnsemble('S', int({ min: 1, unit: 'ms' }), 5000),
  quorumCnxnTimeoutMs: inEnsemble('R', int({ min: -1, unit: 'ms' }), -1),
  'quorum.cnxn.threads.size': ignored('R', int(), NO_THREADS),
  tcpKeepAlive: inEnsemble('S', looseBool, false),
  leaderServes: inEnsemble('M', unlessNo, true),
  standaloneEnabled: honoured('M', strictBool, true),
  reconfigEnabled: honoured('M', strictBool, false),
  dynamicConfigFile: honoured('M', text, null),
  syncEnabled: warned({
    mark: 'R',
    type: strictBool,
    asks: (on) => !on,
    reason: 'observers always write log and snapshots, and start from them',
  }),
  observerMasterPort: warned({
    mark: 'S',
    type: port,
    asks: (number) => number > 0,
    reason: 'followers do not feed observers yet; observers follow the leader',
  }),
  'observer.reconnectDelayMs': inEnsemble('R', int({ unit: 'ms' }), 0),
  'observer.election.DelayMs': inEnsemble('R', int({ unit: 'ms' }), 200),
  'observerMaster.sizeLimit': ignored('R', int({ unit: 'bytes' }), 'followers do not feed observers yet'),
  'multiAddress.enabled': inEnsemble('S', strictBool, false),
  'multiAddress.reachabilityCheckEnabled': ignored('R', strictBool, 'all addresses of a server are tried at once'),
  'multiAddress.reachabilityCheckTimeoutMs': ignored(
    'R',
    int({ unit: 'ms' }),
    'all addresses of a server are tried at once',
  ),
  sslQuorum: inEnsemble('M', strictBool, false),
  portUnification: inEnsemble('M', strictBool, false),
  sslQuorumReloadCertFiles: warned({
    mark: 'S',
    type: strictBool,
    asks: (on) => on,
    reason: 'changed certificates are read at the next start only',
  }),
  'quorum.auth.enableSasl': ignored('S', strictBool, NO_QUORUM_SASL),
  'quorum.auth.learnerRequireSasl': ignored('S', strictBool, NO_QUORUM_SASL),
  'quorum.auth.serverRequireSasl': ignored('S', strictBool, NO_QUORUM_SASL),
  'quorum.auth.learner.loginContext': ignored('S', text, NO_QUORUM_SASL),
  'quorum.auth.server.loginContext': ignored('S', text, NO_QUORUM_SASL),
  'quorum.auth.kerberos.servicePrincipal': ignored('R', text, NO_QUORUM_SASL),
  'leader.maxConcurrentSnapSyncs': ignored('S', int(), NO_LIMIT),
  'leader.maxConcurrentDiffSyncs': ignored('S', int(), NO_LIMIT),
  leaderConnectDelayDuringRetryMs: inEnsemble('R', int({ unit: 'ms' }), 100),
  'leader.maxTimeToWaitForEpoch': ignored('R', int({ min: -1, unit: 'ms' }), 'the leader waits for initLimit ticks'),
  'fastleader.minNotificationInterval': inEnsemble('R', int({ min: 1, unit: 'ms' }), 200),
  'fastleader.maxNotificationInterval': inEnsemble('R', int({ min: 1, unit: 'ms' }), 60_000),
  'learner.asyncSending': ignored('R', looseBool, NO_SOCKET_BLOCKS),
  'learner.closeSocketAsync': ignored('R', looseBool, NO_SOCKET_BLOCKS),
  'leader.closeSocketAsync': ignored('R', looseBool, NO_SOCKET_BLOCKS),
  'follower.nodelay': ignored('R', looseBool, NEVER_DELAYED),
  'leader.nodelay': ignored('R', looseBool, NEVER_DELAYED),
  commitLogCount: inEnsemble('S', int({ unit: 'transactions' }), 500),
  snapshotSizeFactor: inEnsemble('S', float(), 0.33),
  'db.autocreate': ignored('R', looseBool, 'a server with an empty database votes as the others do'),
  localSessionsEnabled: inEnsemble('S', strictBool, false),
  localSessionsUpgradingEnabled: inEnsemble('S', strictBool, false),
  oraclePath: ignored('R', text, 'nothing but a quorum decides'),
};
