import { parseZxid } from '../../protocol/zxid.js';
import type { Zxid } from '../../protocol/zxid.js';
import { ZXID_NONE } from '../../protocol/zxid.js';
import type { ListenAddress, MemberAddress } from './server-line.js';
import { parseServerLine } from './server-line.js';

/** One server of an ensemble. */
export interface QuorumMember {
  readonly sid: number;
  /** Observers get what is committed, and never vote. */
  readonly role: 'participant' | 'observer';
  /** More than one only with multiAddress.enabled. */
  readonly addresses: readonly MemberAddress[];
  /** Where it takes clients, when its line says so. */
  readonly client: ListenAddress | null;
  readonly secureClient: ListenAddress | null;
}

/** What the text of a configuration says, before anybody asks whether it makes sense. */
export interface ConfigLines {
  readonly version: Zxid;
  readonly members: Map<number, QuorumMember>;
  readonly groups: Map<number, readonly number[]>;
  readonly weights: Map<number, number>;
}

/** `key=value`, `key: value` or `key value`, as in all Java properties. */
const LINE = /^\s*([^\s=:]+)\s*[=:]?\s*(.*?)\s*$/;

/** Reads the lines of quorum-protocol 1.6. Throws an Error that names the line. */
export function readConfigLines(text: string): ConfigLines {
  const lines: ConfigLines & { version: Zxid } = {
    version: ZXID_NONE,
    members: new Map(),
    groups: new Map(),
    weights: new Map(),
  };
  for (const line of text.split(/\r\n|\r|\n/)) {
    const [, key = '', value = ''] = LINE.exec(line) ?? [];
    if (key === '' || key.startsWith('#') || key.startsWith('!')) continue;
    if (key === 'version') lines.version = versionOf(value);
    else readFamily(lines, key, value.replaceAll(/\\(.)/g, '$1'));
  }
  return lines;
}

function readFamily(lines: ConfigLines, key: string, value: string): void {
  const [, family = '', digits = ''] = /^(server|group|weight)\.(.*)$/.exec(key) ?? [];
  if (family === '') throw new Error(`${key}=${value}: only server.N, group.N, weight.N and version are known`);
  const id = wholeNumber(digits, key);
  const known = { server: lines.members, group: lines.groups, weight: lines.weights }[family];
  if (known?.has(id) === true) throw new Error(`${key}=${value}: there is another line for it`);
  if (family === 'server') lines.members.set(id, memberOf(id, value));
  else if (family === 'group')
    lines.groups.set(
      id,
      value.split(':').map((sid) => wholeNumber(sid.trim(), key)),
    );
  else lines.weights.set(id, wholeNumber(value, key));
}

function memberOf(sid: number, value: string): QuorumMember {
  const line = parseServerLine(value);
  if (typeof line === 'string') throw new Error(`server.${sid}=${value}: ${line}`);
  return { sid, ...line };
}

function wholeNumber(digits: string, key: string): number {
  const value = /^\d{1,15}$/.test(digits) ? Number(digits) : -1;
  if (value < 0) throw new Error(`${key}: ${digits} must be a whole number`);
  return value;
}

function versionOf(digits: string): Zxid {
  const version = parseZxid(digits);
  if (version === null) throw new Error(`version=${digits}: the version must be a hexadecimal zxid`);
  return version;
}

/** A member's line without its key. The role is always written. */
export function formatMember({ addresses, role, client, secureClient }: QuorumMember): string {
  const places = addresses.map(
    ({ host, quorumPort, electionPort }) => `${bracketed(host)}:${quorumPort}:${electionPort}`,
  );
  const line = `${places.sort().join('|')}:${role}`;
  if (secureClient === null) return client === null ? line : `${line};${formatClient(client)}`;
  return `${line};${client === null ? '' : formatClient(client)};${formatClient(secureClient)}`;
}

/** A port without a host is one on all addresses. */
function formatClient({ host, port }: ListenAddress): string {
  return `${bracketed(host ?? '0.0.0.0')}:${port}`;
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
