import { isIP } from 'node:net';
import type { ListenAddress, ServerLine } from '../zab/server-line.js';
import type { Settings } from './settings.js';

/** The line of this very server, and its key. */
export interface OwnLine {
  readonly name: string;
  readonly line: ServerLine;
}

const ANY_ADDRESS = ['0.0.0.0', '::'];

/** The client ports: from keys of their own, or from this server's line. Where both tell, they must agree. */
export function readPorts(settings: Settings, own: OwnLine | null) {
  const plain = readPort(settings, 'clientPort', own?.line.client ?? null, own);
  const secure = readPort(settings, 'secureClientPort', own?.line.secureClient ?? null, own);
  const ports = {
    clientPort: plain.port,
    clientPortAddress: plain.host,
    secureClientPort: secure.port,
    secureClientPortAddress: secure.host,
  };
  if (settings.required('client.portUnification') && ports.clientPort === null) {
    settings.refuse('client.portUnification', 'is set but clientPort is not');
  }
  if (ports.clientPort === null && ports.secureClientPort === null && settings.problems.length === 0) {
    settings.warnings.push('neither clientPort nor secureClientPort is set: this server takes no clients');
  }
  return ports;
}

function readPort(
  settings: Settings,
  key: 'clientPort' | 'secureClientPort',
  inLine: ListenAddress | null,
  own: OwnLine | null,
): { port: number | null; host: string | null } {
  const port = settings.value(key);
  const host = settings.value(`${key}Address`);
  if (host !== null && !settings.has(key)) settings.refuse(`${key}Address`, `is set but ${key} is not`);
  if (inLine === null || own === null) return { port, host };
  if (port !== null && port !== inLine.port) {
    settings.refuse(key, `differs from the client port ${String(inLine.port)} of ${own.name}`);
  }
  if (port !== null && !mayBeSame(host, inLine.host)) {
    const line = inLine.host ?? 'of all';
    settings.refuse(host === null ? key : `${key}Address`, `differs from the client address ${line} of ${own.name}`);
  }
  return { port: port ?? inLine.port, host: host ?? inLine.host };
}

/** A name may stand for any address; only two addresses can be told apart here. */
function mayBeSame(left: string | null, right: string | null): boolean {
  const [one, other] = [left, right].map((host) => (host === null || ANY_ADDRESS.includes(host) ? '' : host));
  if (one === other) return true;
  return [one, other].some((host) => host !== undefined && host !== '' && isIP(host) === 0);
}
