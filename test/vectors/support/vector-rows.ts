import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the recorded conversations lie; `master` holds those of the newer server (its README tells more). */
const CLIENT_VECTORS = join(import.meta.dirname, '..', 'client');

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** A scalar as text; lists and records as JSON. */
export function textOf(value: Json | undefined): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

export type Direction = 'c2s' | 's2c';

/** A frame as the recorder decoded it. 64-bit values are decimal strings, buffers hex. */
export interface Decoded {
  readonly record: 'ConnectRequest' | 'ConnectResponse' | 'Request' | 'Reply' | 'Notification' | 'Malformed';
  readonly header?: JsonObject | null;
  readonly op?: string | null;
  readonly err?: string;
  readonly event?: string | null;
  readonly body?: JsonObject;
  readonly trailing?: string;
  readonly volatile?: readonly string[];
  readonly unordered?: readonly string[];
}

interface RowBase {
  readonly scenario: string;
  readonly seq: number;
}

interface OnConnection extends RowBase {
  readonly conn: string;
  readonly dir: Direction;
}

export interface FrameRow extends OnConnection {
  readonly kind: 'frame';
  readonly decoded: Decoded;
  /** The whole frame, length prefix included; null for the very long ones. */
  readonly bytes: Buffer | null;
  /** Only of very long frames: the first bytes and the total length. */
  readonly prefix: Buffer | null;
  readonly totalBytes: number;
}

export interface RawRow extends OnConnection {
  readonly kind: 'raw';
  /** Null where values of the recording machine were taken out of the text. */
  readonly bytes: Buffer | null;
  readonly text: string;
}

export interface CloseRow extends OnConnection {
  readonly kind: 'close';
}

export interface NothingRow extends OnConnection {
  readonly kind: 'nothing';
}

export interface NoteRow extends RowBase {
  readonly kind: 'note';
  readonly note: string;
}

export type Row = FrameRow | RawRow | CloseRow | NothingRow | NoteRow;

export interface Scenario {
  /** `basic.jsonl` */
  readonly file: string;
  readonly name: string;
  readonly server: string;
  /** The client library that was recorded, null for hand-made frames. */
  readonly client: string | null;
  readonly rows: readonly Row[];
}

/** `basic create2`: how scenarios are named in tables of exceptions; rows add their seq. */
export function labelOf({ file, name }: Pick<Scenario, 'file' | 'name'>): string {
  return `${file.replace('.jsonl', '')} ${name}`;
}

/** `3.8.0` is the packaged server, `master` the development branch; the latter lacks the files of client libraries. */
export type VectorSet = '3.8.0' | 'master';

export function vectorFiles(set: VectorSet): string[] {
  const names = readdirSync(folderOf(set)).filter((name) => name.endsWith('.jsonl'));
  return names.sort();
}

export function hasVectors(set: VectorSet, file: string): boolean {
  return existsSync(join(folderOf(set), file));
}

/** The scenarios of a file in the order they were recorded. */
export function readScenarios(set: VectorSet, file: string): Scenario[] {
  const scenarios: { scenario: Scenario; rows: Row[] }[] = [];
  for (const line of readFileSync(join(folderOf(set), file), 'utf8').split('\n')) {
    if (line === '') continue;
    const raw = JSON.parse(line) as RawLine;
    if (raw.meta !== undefined) {
      const rows: Row[] = [];
      const scenario = {
        file,
        name: raw.scenario,
        server: raw.server ?? '',
        client: raw.client ?? null,
        rows,
      };
      scenarios.push({ scenario, rows });
      continue;
    }
    const current = scenarios.at(-1);
    if (current === undefined || current.scenario.name !== raw.scenario) {
      throw new Error(`${file}: a row of ${raw.scenario} outside its scenario`);
    }
    current.rows.push(toRow(raw));
  }
  return scenarios.map(({ scenario }) => scenario);
}

function folderOf(set: VectorSet): string {
  return set === 'master' ? join(CLIENT_VECTORS, 'master') : CLIENT_VECTORS;
}

interface RawLine {
  readonly scenario: string;
  readonly meta?: string;
  readonly server?: string;
  readonly client?: string;
  readonly seq: number;
  readonly note?: string;
  readonly event?: 'close' | 'nothing';
  readonly conn: string;
  readonly dir: Direction;
  readonly raw?: boolean;
  readonly hex?: string;
  readonly hexPrefix?: string;
  readonly hexLength?: number;
  readonly text?: string;
  readonly decoded?: Decoded;
}

function toRow(line: RawLine): Row {
  const { scenario, seq, conn, dir } = line;
  if (line.note !== undefined) return { kind: 'note', scenario, seq, note: line.note };
  if (line.event !== undefined) return { kind: line.event, scenario, seq, conn, dir };
  const bytes = line.hex === undefined ? null : Buffer.from(line.hex, 'hex');
  if (line.raw === true) {
    return { kind: 'raw', scenario, seq, conn, dir, bytes, text: line.text ?? bytes?.toString('utf8') ?? '' };
  }
  if (line.decoded === undefined) throw new Error(`row ${seq} of ${scenario} is of no known kind`);
  const prefix = line.hexPrefix === undefined ? null : Buffer.from(line.hexPrefix, 'hex');
  const totalBytes = line.hexLength ?? bytes?.length ?? 0;
  return { kind: 'frame', scenario, seq, conn, dir, decoded: line.decoded, bytes, prefix, totalBytes };
}
