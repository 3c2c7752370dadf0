import type { ClientLink } from '../pipeline/client-link.js';
import { sessionIdText } from './number-text.js';
import type { ConnectionInfo } from './server-info.js';

/** `/127.0.0.1:47582`, brackets around IPv6. */
export function addressText({ peer }: ClientLink): string {
  const { remoteAddress, remotePort } = peer;
  return remoteAddress.includes(':') ? `/[${remoteAddress}]:${remotePort}` : `/${remoteAddress}:${remotePort}`;
}

/** A connection as a line of `stat`. */
export function briefConnection({ link, interestOps }: ConnectionInfo): string {
  const { outstanding, received, sent } = link.stats;
  return ` ${addressText(link)}[${interestOps}](queued=${outstanding},recved=${received},sent=${sent})\n`;
}

/** A connection as a line of `cons`: with a session, much more is told. */
export function fullConnection(connection: ConnectionInfo): string {
  const { session, stats } = connection.link;
  const brief = briefConnection(connection);
  if (session === null) return brief;
  const told = [
    `sid=${sessionIdText(session.id)}`,
    `lop=${stats.lastOp}`,
    `est=${stats.establishedWallMs}`,
    `to=${session.timeoutMs}`,
    ...(stats.lastCxid >= 0 ? [`lcxid=0x${stats.lastCxid.toString(16)}`] : []),
    ...(stats.lastZxid >= 0 ? [`lzxid=0x${stats.lastZxid.toString(16)}`] : []),
    `lresp=${stats.lastResponseMs}`,
    `llat=${stats.lastLatencyMs}`,
    `minlat=${stats.minLatencyMs}`,
    `avglat=${stats.avgLatencyMs}`,
    `maxlat=${stats.maxLatencyMs}`,
  ];
  return `${brief.slice(0, -2)},${told.join(',')})\n`;
}
