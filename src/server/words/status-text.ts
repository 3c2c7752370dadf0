import { briefConnection } from './connection-text.js';
import { decimalText } from './number-text.js';
import type { ServerInfo } from './server-info.js';
import { SERVER_VERSION } from './version.js';

const VERSION_LINE = `Zookeeper version: ${SERVER_VERSION}\n`;
const READ_ONLY_LINE = 'READ-ONLY mode; serving only read-only clients\n';

/** `srvr`. */
export function srvrText(server: ServerInfo): string {
  return headLines(server) + statusLines(server);
}

/** `stat`: the connections come between the first line of `srvr` and the rest. */
export function statText(server: ServerInfo): string {
  const clients = [...server.connections()].map(briefConnection).join('');
  return `${headLines(server)}Clients:\n${clients}\n${statusLines(server)}`;
}

function headLines({ mode }: ServerInfo): string {
  return mode === 'read-only' ? VERSION_LINE + READ_ONLY_LINE : VERSION_LINE;
}

function statusLines(server: ServerInfo): string {
  const { stats, tree } = server;
  const { latency } = stats;
  return [
    `Latency min/avg/max: ${latency.min}/${decimalText(latency.average)}/${latency.max}`,
    `Received: ${stats.packetsReceived}`,
    `Sent: ${stats.packetsSent}`,
    `Connections: ${countOf(server.connections())}`,
    `Outstanding: ${server.outstandingRequests}`,
    `Zxid: 0x${tree.lastProcessedZxid.toString(16)}`,
    `Mode: ${server.mode}`,
    `Node count: ${tree.nodeCount}`,
    ...proposalLines(server),
    '',
  ].join('\n');
}

function proposalLines({ ensemble }: ServerInfo): string[] {
  if (ensemble === null || ensemble.leading === null) return [];
  const { last, min, max } = ensemble.leading.proposalSizes;
  return [`Proposal sizes last/min/max: ${last}/${min}/${max}`];
}

/** How many there are. */
export function countOf(items: Iterable<unknown>): number {
  let count = 0;
  for (const _ of items) count++;
  return count;
}
