import { honoured, ignored, warned } from './key-spec.js';
import { float, int, list, looseBool, nonEmpty, oneOf, port, strictBool, text } from './value-types.js';

const NO_ADMIN = 'there is no admin HTTP server yet';
const NO_SCRAPE_PORT = 'there is no Prometheus port yet; mntr has the same numbers';
const NO_AUDIT = 'there is no audit log yet';
const NO_THREADS = 'it tunes threads and buffers that do not exist here';
const NO_THROTTLE = 'request throttling comes with a later version; globalOutstandingLimit is in force';
const NO_TOKENS = 'the token bucket for new sessions comes with a later version';

const threads = <T>(type: Parameters<typeof ignored<T>>[1]) => ignored('R', type, NO_THREADS);
const throttle = <T>(type: Parameters<typeof ignored<T>>[1]) => ignored('R', type, NO_THROTTLE);
const tokens = <T>(type: Parameters<typeof ignored<T>>[1]) => ignored('R', type, NO_TOKENS);

/** Limits, admin, metrics, audit, tuning: operations specification, section 1.4. */
export const limitKeys = {
  '4lw.commands.whitelist': honoured('M', list, ['srvr']),
  /** pinfold's own: health checks run on the same machine, and need no configuration elsewhere. */
  '4lw.commands.loopback': honoured('R', strictBool, false),
  'admin.enableServer': warned({ mark: 'M', type: looseBool, asks: (on) => on, reason: NO_ADMIN }),
  'admin.serverAddress': ignored('M', text, NO_ADMIN),
  'admin.serverPort': ignored('M', port, NO_ADMIN),
  'admin.commandURL': ignored('M', text, NO_ADMIN),
  'admin.idleTimeout': ignored('R', int({ unit: 'ms' }), NO_ADMIN),
  'admin.httpVersion': ignored('R', oneOf('11', '20'), NO_ADMIN),
  'admin.portUnification': ignored('S', looseBool, NO_ADMIN),
  'admin.forceHttps': ignored('S', looseBool, NO_ADMIN),
  'admin.needClientAuth': ignored('S', looseBool, NO_ADMIN),
  'admin.rateLimiterIntervalInMS': ignored('S', int({ unit: 'ms' }), NO_ADMIN),
  'admin.snapshot.enabled': ignored('S', looseBool, NO_ADMIN),
  'admin.restore.enabled': ignored('S', looseBool, NO_ADMIN),
  'metricsProvider.className': warned({
    mark: 'M',
    type: metricsProvider(),
    asks: (name) => name !== '',
    reason: NO_SCRAPE_PORT,
  }),
  'metricsProvider.httpHost': ignored('M', text, NO_SCRAPE_PORT),
  'metricsProvider.httpPort': ignored('M', port, NO_SCRAPE_PORT),
  'metricsProvider.httpsPort': ignored('R', port, NO_SCRAPE_PORT),
  'metricsProvider.exportJvmInfo': ignored('M', looseBool, NO_SCRAPE_PORT),
  'metricsProvider.numWorkerThreads': ignored('R', int(), NO_SCRAPE_PORT),
  'metricsProvider.maxQueueSize': ignored('R', int(), NO_SCRAPE_PORT),
  'metricsProvider.workerShutdownTimeoutMs': ignored('R', int({ unit: 'ms' }), NO_SCRAPE_PORT),
  'audit.enable': warned({ mark: 'S', type: looseBool, asks: (on) => on, reason: NO_AUDIT }),
  'audit.impl.class': ignored('R', text, NO_AUDIT),
  serverCnxnFactory: ignored('M', text, 'there is one connection layer, and it serves plain and TLS clients alike'),
  'client.portUnification': honoured('M', looseBool, false),
  'client.certReload': warned({
    mark: 'S',
    type: looseBool,
    asks: (on) => on,
    reason: 'changed certificates are read at the next start only',
  }),
  clientTcpKeepAlive: ignored('S', looseBool, 'dead connections are found by session timeouts'),
  'netty.advancedFlowControl.enabled': threads(looseBool),
  'netty.server.outstandingHandshake.limit': threads(int({ min: -1 })),
  'netty.server.earlyDropSecureConnectionHandshakes': threads(looseBool),
  'nio.numSelectorThreads': threads(int()),
  'nio.numWorkerThreads': threads(int()),
  'nio.directBufferBytes': threads(int()),
  'nio.shutdownTimeout': threads(int({ unit: 'ms' })),
  'nio.sessionlessCnxnTimeout': honoured('S', int({ min: 1, unit: 'ms' }), 10_000),
  'commitProcessor.numWorkerThreads': threads(int({ min: -1 })),
  'commitProcessor.maxReadBatchSize': threads(int({ min: -1 })),
  'commitProcessor.maxCommitBatchSize': threads(int({ min: -1 })),
  'commitProcessor.shutdownTimeout': threads(int({ unit: 'ms' })),
  request_throttle_max_requests: warned({ mark: 'S', type: int(), asks: (max) => max > 0, reason: NO_THROTTLE }),
  request_throttle_stall_time: throttle(int({ unit: 'ms' })),
  request_throttle_drop_stale: throttle(looseBool),
  request_stale_connection_check: throttle(looseBool),
  request_stale_latency_check: throttle(looseBool),
  'request_throttler.shutdownTimeout': throttle(int({ unit: 'ms' })),
  throttled_op_wait_time: throttle(int({ unit: 'ms' })),
  connection_throttle_tokens: warned({ mark: 'S', type: int(), asks: (count) => count > 0, reason: NO_TOKENS }),
  connection_throttle_fill_time: tokens(int({ unit: 'ms' })),
  connection_throttle_fill_count: tokens(int()),
  connection_throttle_freeze_time: tokens(int({ min: -1, unit: 'ms' })),
  connection_throttle_drop_increase: tokens(float()),
  connection_throttle_drop_decrease: tokens(float()),
  connection_throttle_decrease_ratio: tokens(float()),
  connection_throttle_weight_enabled: tokens(looseBool),
  connection_throttle_global_session_weight: tokens(int()),
  connection_throttle_renew_session_weight: tokens(int()),
  connection_throttle_local_session_weight: tokens(int()),
  largeRequestMaxBytes: throttle(int({ min: -1, unit: 'bytes' })),
  largeRequestThreshold: warned({
    mark: 'S',
    type: int({ min: -1, unit: 'bytes' }),
    asks: (bytes) => bytes > 0,
    reason: NO_THROTTLE,
  }),
  enableEagerACLCheck: ignored('R', looseBool, 'ACLs are checked before a write is logged in any case'),
  watchManagerName: threads(text),
  watcherCleanThreadsNum: threads(int()),
  watcherCleanThreshold: threads(int()),
  watcherCleanIntervalInSeconds: threads(int({ unit: 's' })),
  maxInProcessingDeadWatchers: threads(int({ min: -1 })),
  bitHashCacheSize: threads(int()),
  'messageTracker.Enabled': ignored('R', looseBool, 'there is no message tracker'),
  'messageTracker.BufferSize': ignored('R', int(), 'there is no message tracker'),
  'jvm.pause.monitor': warned({
    mark: 'S',
    type: strictBool,
    asks: (on) => on,
    reason: 'pauses of the event loop are not reported yet',
  }),
  ensembleAuthName: honoured('R', nonEmpty('an ensemble'), null),
};

/** Loading Java classes is out of the question; the one that everybody names is accepted, so that the file still works. */
function metricsProvider() {
  return oneOf('', 'org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider');
}
