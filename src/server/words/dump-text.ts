import type { Clock } from '../../runtime/index.js';
import { addressText } from './connection-text.js';
import { dateText } from './date-text.js';
import { sessionIdText } from './number-text.js';
import type { ConnectionInfo, ServerInfo, SessionsInfo } from './server-info.js';

/** Connections are grouped by moments this far apart. */
const CONNECTION_BUCKET_MS = 10_000;

/** `dump`: when sessions and connections expire, and which ephemeral nodes go with them. */
export function dumpText(server: ServerInfo): string {
  return sessionLines(server) + ephemeralLines(server) + connectionLines(server);
}

function sessionLines(server: ServerInfo): string {
  const local = server.localSessions === null ? '' : expiryLines('Local Session Sets', server.localSessions, server);
  return `SessionTracker dump:\n${local}${isExpiring(server) ? expiryLines('Session Sets', server.sessions, server) : globalLines(server)}`;
}

/** Learners know the sessions of all; when they end, the leader decides. */
function isExpiring({ mode }: ServerInfo): boolean {
  return mode === 'standalone' || mode === 'leader';
}

function expiryLines(title: string, sessions: SessionsInfo, { clock }: ServerInfo): string {
  const buckets = sessions.buckets();
  let text = `${title} (${buckets.length})/(${sessions.size}):\n`;
  for (const { expiresAtMs, sessionIds } of buckets) {
    text += `${sessionIds.length} expire at ${momentText(expiresAtMs, clock)}:\n`;
    for (const id of sessionIds) text += `\t${sessionIdText(id)}\n`;
  }
  return text;
}

function globalLines({ sessions }: ServerInfo): string {
  const lines = [...sessions.values()]
    .sort((left, right) => (left.id < right.id ? -1 : 1))
    .map(({ id, timeoutMs }) => `${sessionIdText(id)}\t${timeoutMs}ms\n`);
  return `Global Sessions(${lines.length}):\n${lines.join('')}`;
}

function ephemeralLines({ tree }: ServerInfo): string {
  const owners = [...tree.ephemeralOwners()];
  let text = `ephemeral nodes dump:\nSessions with Ephemerals (${owners.length}):\n`;
  for (const [sessionId, paths] of owners) {
    text += `${sessionIdText(sessionId)}:\n`;
    for (const path of paths) text += `\t${path}\n`;
  }
  return text;
}

function connectionLines(server: ServerInfo): string {
  const buckets = new Map<number, ConnectionInfo[]>();
  let count = 0;
  for (const connection of server.connections()) {
    const moment = Math.ceil(connection.expiresAtMs / CONNECTION_BUCKET_MS) * CONNECTION_BUCKET_MS;
    const bucket = buckets.get(moment) ?? [];
    bucket.push(connection);
    buckets.set(moment, bucket);
    count++;
  }
  let text = `Connections dump:\nConnections Sets (${buckets.size})/(${count}):\n`;
  for (const [moment, connections] of [...buckets].sort(([left], [right]) => left - right)) {
    text += `${connections.length} expire at ${momentText(moment, server.clock)}:\n`;
    for (const { link } of connections) {
      text += `\tip: ${addressText(link)} sessionId: ${sessionIdText(link.session?.id ?? 0n)}\n`;
    }
  }
  return text;
}

/** Deadlines are kept on the monotonic clock; people read the wall's. */
function momentText(monotonicMs: number, clock: Clock): string {
  return dateText(Math.round(clock.wallMs() + monotonicMs - clock.monotonicMs()));
}
