import { honoured, ignored, refused } from './key-spec.js';
import { int, looseBool, oneOf, port, strictBool, text, unlessNo } from './value-types.js';

const ONE_SERVER = 'it matters only in an ensemble';
const LATER = 'ensembles come with a later version of pinfold; this one runs a single server';

const setting = <T>(mark: 'M' | 'S' | 'R', type: Parameters<typeof ignored<T>>[1]) => ignored(mark, type, ONE_SERVER);

/**
 * Keys of an ensemble: operations specification, section 1.3. A file written for an ensemble of one keeps working: what
 * could not matter to a single server is read, checked and left alone. `server.N` lines have a reader of their own.
 */
export const ensembleKeys = {
  initLimit: setting('M', int({ unit: 'ticks' })),
  syncLimit: setting('M', int({ unit: 'ticks' })),
  connectToLearnerMasterLimit: setting('R', int({ unit: 'ticks' })),
  electionAlg: setting('M', oneOf('3')),
  peerType: setting('M', oneOf('participant', 'observer')),
  quorumListenOnAllIPs: setting('M', strictBool),
  electionPortBindRetry: setting('S', int()),
  cnxTimeout: setting('S', int({ unit: 'ms' })),
  quorumCnxnTimeoutMs: setting('R', int({ min: -1, unit: 'ms' })),
  'quorum.cnxn.threads.size': setting('R', int()),
  tcpKeepAlive: setting('S', looseBool),
  leaderServes: setting('M', unlessNo),
  standaloneEnabled: refused({ mark: 'M', type: strictBool, asks: (on) => !on, reason: LATER }),
  reconfigEnabled: honoured('M', strictBool, false),
  dynamicConfigFile: refused({ mark: 'M', type: text, asks: (path) => path !== '', reason: LATER }),
  syncEnabled: setting('R', strictBool),
  observerMasterPort: setting('S', port),
  'observer.reconnectDelayMs': setting('R', int({ unit: 'ms' })),
  'observer.election.DelayMs': setting('R', int({ unit: 'ms' })),
  'observerMaster.sizeLimit': setting('R', int({ unit: 'bytes' })),
  'multiAddress.enabled': setting('S', strictBool),
  'multiAddress.reachabilityCheckEnabled': setting('R', strictBool),
  'multiAddress.reachabilityCheckTimeoutMs': setting('R', int({ unit: 'ms' })),
  sslQuorum: setting('M', strictBool),
  portUnification: setting('M', strictBool),
  sslQuorumReloadCertFiles: setting('S', strictBool),
  'quorum.auth.enableSasl': setting('S', strictBool),
  'quorum.auth.learnerRequireSasl': setting('S', strictBool),
  'quorum.auth.serverRequireSasl': setting('S', strictBool),
  'quorum.auth.learner.loginContext': setting('S', text),
  'quorum.auth.server.loginContext': setting('S', text),
  'quorum.auth.kerberos.servicePrincipal': setting('R', text),
  'leader.maxConcurrentSnapSyncs': setting('S', int()),
  'leader.maxConcurrentDiffSyncs': setting('S', int()),
  leaderConnectDelayDuringRetryMs: setting('R', int({ unit: 'ms' })),
  'leader.maxTimeToWaitForEpoch': setting('R', int({ min: -1, unit: 'ms' })),
  'fastleader.minNotificationInterval': setting('R', int({ unit: 'ms' })),
  'fastleader.maxNotificationInterval': setting('R', int({ unit: 'ms' })),
  'learner.asyncSending': setting('R', looseBool),
  'learner.closeSocketAsync': setting('R', looseBool),
  'leader.closeSocketAsync': setting('R', looseBool),
  'follower.nodelay': setting('R', looseBool),
  'leader.nodelay': setting('R', looseBool),
};
