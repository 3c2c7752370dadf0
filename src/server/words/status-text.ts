import { briefConnection } from './connection-text.js';
import { decimalText } from './number-text.js';
import type { ServerInfo } from './server-info.js';
import { SERVER_VERSION } from './version.js';

const VERSION_LINE = `Zookeeper version: ${SERVER_VERSION}\n`;

/** `srvr`. */
export function srvrText(server: ServerInfo): string {
  return VERSION_LINE + statusLines(server);
}

/** `stat`: the connections come between the first line of `srvr` and the rest. */
export function statText(server: ServerInfo): string {
  const clients = [...server.connections()].map(briefConnection).join('');
  return `${VERSION_LINE}Clients:\n${clients}\n${statusLines(server)}`;
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
    'Mode: standalone',
    `Node count: ${tree.nodeCount}`,
    '',
  ].join('\n');
}

/** How many there are. */
export function countOf(items: Iterable<unknown>): number {
  let count = 0;
  for (const _ of items) count++;
  return count;
}
