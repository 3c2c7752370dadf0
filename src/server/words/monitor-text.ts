import { counterNames, percentileNames, summaryNames } from './metric-names.js';
import type { LearnerSummaries } from './learner-stats.js';
import { ensembleGauges, ensembleHead } from './monitor-ensemble.js';
import type { MonitorLine } from './monitor-ensemble.js';
import { decimalText } from './number-text.js';
import type { PercentileSummary } from './percentile-summary.js';
import type { ServerInfo } from './server-info.js';
import { countOf } from './status-text.js';
import type { Summary } from './summary.js';
import { SERVER_VERSION } from './version.js';

/** Names in the text, and which fraction of the values each of them bounds. */
const QUANTILES: readonly (readonly [string, number])[] = [
  ['p50', 0.5],
  ['p95', 0.95],
  ['p99', 0.99],
  ['p999', 0.999],
];

/** `mntr`: one `zk_<name><TAB><value>` a line, every value but the version and the states a number. */
export function mntrText(server: ServerInfo): string {
  const { stats } = server;
  const lines: string[] = [line('version', SERVER_VERSION), line('server_state', server.mode)];
  const gauged = [...ensembleHead(server), ...gauges(server), ...ensembleGauges(server)];
  for (const [name, value] of gauged) lines.push(line(name, value));
  const counters = stats.counterValues();
  for (const name of counterNames) lines.push(line(name, counters[name]));
  // Older releases call it so, and scripts still ask for it.
  lines.push(line('fsync_threshold_exceed_count', stats.fsyncThresholdExceedCount));
  for (const name of summaryNames) addSummary(lines, name, stats.summaries[name]);
  for (const name of percentileNames) {
    addSummary(lines, name, stats.percentiles[name]);
    addQuantiles(lines, name, stats.percentiles[name]);
  }
  for (const [key, summary] of stats.reads.entries()) addSummary(lines, `${key}_read_per_namespace`, summary);
  for (const [key, summary] of stats.writes.entries()) addSummary(lines, `${key}_write_per_namespace`, summary);
  for (const [sid, summaries] of stats.learners.entries()) addLearner(lines, sid, summaries);
  return lines.join('');
}

function gauges(server: ServerInfo): readonly MonitorLine[] {
  const { stats, tree } = server;
  const descriptors = server.descriptors();
  return [
    ['ephemerals_count', tree.ephemeralCount],
    ['num_alive_connections', countOf(server.connections())],
    ['avg_latency', decimalText(stats.latency.average)],
    ['outstanding_requests', server.outstandingRequests],
    ['znode_count', tree.nodeCount],
    ['global_sessions', server.sessions.size],
    ['non_mtls_remote_conn_count', 0],
    ['last_client_response_size', stats.lastResponseBytes],
    ['packets_sent', stats.packetsSent],
    ['packets_received', stats.packetsReceived],
    ['max_client_response_size', stats.maxResponseBytes],
    ['connection_drop_probability', decimalText(0)],
    ['watch_count', server.watches.size],
    ['auth_failed_count', stats.authFailedCount],
    ['min_latency', stats.latency.min],
    ['max_file_descriptor_count', descriptors.max],
    ['approximate_data_size', tree.approximateDataSize],
    ['open_file_descriptor_count', descriptors.open],
    ['local_sessions', server.localSessions?.size ?? 0],
    ['uptime', Math.round(server.clock.monotonicMs() - server.startedAtMs)],
    ['max_latency', stats.latency.max],
    ['outstanding_tls_handshake', 0],
    ['min_client_response_size', stats.minResponseBytes],
    ['non_mtls_local_conn_count', 0],
  ];
}

function addLearner(lines: string[], sid: number, { queueSize, queueTimeMs, ackLatencyMs }: LearnerSummaries): void {
  addSummary(lines, `${sid}_learner_handler_qp_size`, queueSize);
  for (const [name, summary] of [
    ['learner_handler_qp_time_ms', queueTimeMs],
    ['ack_latency', ackLatencyMs],
  ] as const) {
    addSummary(lines, `${sid}_${name}`, summary);
    addQuantiles(lines, `${sid}_${name}`, summary);
  }
}

function addSummary(lines: string[], name: string, { average, min, max, count, sum }: Summary): void {
  lines.push(line(`avg_${name}`, decimalText(average)), line(`min_${name}`, min), line(`max_${name}`, max));
  lines.push(line(`cnt_${name}`, count), line(`sum_${name}`, sum));
}

function addQuantiles(lines: string[], name: string, summary: PercentileSummary): void {
  for (const [label, fraction] of QUANTILES) lines.push(line(`${label}_${name}`, summary.quantile(fraction)));
}

function line(name: string, value: number | string): string {
  return `zk_${name}\t${value}\n`;
}
