import { connect } from 'node:net';

const WORD_TIMEOUT_MS = 2_000;

/** Asks a server a four-letter word; rejects when nobody listens, or when no answer comes in time. */
export function ask(at: { host: string; client: number }, word: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect({ host: at.host, port: at.client });
    const guard = setTimeout(() => socket.destroy(new Error(`${word}: no answer`)), WORD_TIMEOUT_MS);
    socket.setEncoding('utf8');
    socket.once('connect', () => socket.write(word));
    socket.on('data', (text: string) => (answer += text));
    socket.once('error', reject);
    socket.once('close', (failed) => {
      clearTimeout(guard);
      if (!failed) resolve(answer);
    });
  });
}

export type Mode = 'leader' | 'follower' | 'observer' | 'standalone' | 'read-only';

export interface ServerState {
  readonly mode: Mode;
  readonly zxid: number;
}

/** What `srvr` tells; null when the server serves nobody. */
export function stateIn(srvr: string): ServerState | null {
  const mode = /^Mode: (.+)$/m.exec(srvr)?.[1];
  const zxid = /^Zxid: 0x([0-9a-f]+)$/m.exec(srvr)?.[1];
  if (mode === undefined || zxid === undefined) return null;
  return { mode: mode as Mode, zxid: Number.parseInt(zxid, 16) };
}

/** The sessions that `dump` of a leader lists. */
export function sessionsIn(dump: string): Set<bigint> {
  const listed = dump.split('ephemeral nodes dump:')[0] ?? '';
  const ids = [...listed.matchAll(/^\s*(0x[0-9a-f]+)\b/gm)].map(([, id]) => BigInt.asIntN(64, BigInt(id ?? '')));
  return new Set(ids);
}

/** The digests that `hash` lists, by zxid. */
export function digestsIn(hash: string): Map<number, string> {
  const lines = [...hash.matchAll(/^([0-9a-f]+): (\d+)$/gm)];
  return new Map(lines.map(([, zxid, digest]) => [Number.parseInt(zxid ?? '', 16), digest ?? '']));
}
