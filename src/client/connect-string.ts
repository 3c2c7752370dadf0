import { pathFault } from '../protocol/paths.js';
import { BadArgumentsError } from './errors.js';

/** One server of a connect string; the name is resolved anew at each attempt. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

export interface ConnectString {
  readonly servers: readonly ServerAddress[];
  /** Path put before every path of the client; the empty string when there is none. */
  readonly chroot: string;
}

const DEFAULT_PORT = 2181;
const PORT_MAX = 65_535;

/**
 * Reads `host[:port][,host[:port]...][/chroot]`. IPv6 addresses stand in brackets; blanks around entries and empty
 * entries are dropped; the first slash begins the chroot.
 */
export function parseConnectString(text: string): ConnectString {
  if (typeof text !== 'string') throw invalid(String(text), 'it is no text');
  const slash = text.indexOf('/');
  const hosts = slash < 0 ? text : text.slice(0, slash);
  const servers = hosts
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry) => parseServer(entry, text));
  if (servers.length === 0) throw invalid(text, 'it names no server');
  return { servers, chroot: slash < 0 ? '' : parseChroot(text.slice(slash).trim(), text) };
}

/** `host:port`, with brackets around an IPv6 address. */
export function formatServer(server: ServerAddress): string {
  return server.host.includes(':') ? `[${server.host}]:${server.port}` : `${server.host}:${server.port}`;
}

function parseServer(entry: string, text: string): ServerAddress {
  if (entry.startsWith('[')) return parseBracketed(entry, text);
  const colon = entry.indexOf(':');
  if (colon < 0) return { host: entry, port: DEFAULT_PORT };
  if (entry.indexOf(':', colon + 1) >= 0) {
    throw invalid(text, `"${entry}" has more than one colon; write an IPv6 address in brackets, as in [::1]:2181`);
  }
  if (colon === 0) throw invalid(text, `"${entry}" has no host`);
  return { host: entry.slice(0, colon), port: parsePort(entry.slice(colon + 1), text) };
}

function parseBracketed(entry: string, text: string): ServerAddress {
  const end = entry.indexOf(']');
  const host = entry.slice(1, end);
  if (end < 0 || host === '') throw invalid(text, `"${entry}" is not an address in brackets`);
  const rest = entry.slice(end + 1);
  if (rest === '') return { host, port: DEFAULT_PORT };
  if (!rest.startsWith(':')) throw invalid(text, `"${entry}" has text after the bracket that is not a port`);
  return { host, port: parsePort(rest.slice(1), text) };
}

function parsePort(digits: string, text: string): number {
  const port = /^\d{1,5}$/.test(digits) ? Number(digits) : 0;
  if (port < 1 || port > PORT_MAX) throw invalid(text, `port "${digits}" is not a number from 1 to ${PORT_MAX}`);
  return port;
}

function parseChroot(path: string, text: string): string {
  if (path === '/') return '';
  const reason = pathFault(path);
  if (reason !== null) throw invalid(text, `chroot: ${reason}`);
  return path;
}

function invalid(text: string, reason: string): BadArgumentsError {
  return new BadArgumentsError({ message: `connect string "${text}": ${reason}` });
}
