import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from './vector-rows.js';

/** Where the recorded conversations between servers lie (its README tells more). */
const QUORUM_VECTORS = join(import.meta.dirname, '..', 'quorum');

export type QuorumKind = 'InitialMessage' | 'Notification' | 'QuorumPacket' | 'SnapshotStream' | 'QuorumAuthPacket';

/** What one server sent another at once, as recorded. */
export interface QuorumRow {
  readonly scenario: string;
  readonly seq: number;
  /** Ms since the recording began. */
  readonly t: number;
  readonly conn: number;
  /** Sid of who opened the connection: on the quorum port that is the learner. */
  readonly initiator: number;
  readonly from: number;
  readonly to: number;
  readonly port: 'election' | 'quorum';
  readonly delivered?: false;
  readonly hex: string;
  readonly decoded: JsonObject & { readonly kind: QuorumKind };
}

export function quorumFiles(): string[] {
  const names = readdirSync(QUORUM_VECTORS).filter((name) => name.endsWith('.jsonl'));
  return names.map((name) => name.replace('.jsonl', '')).sort();
}

/** All of a recording, in the order in which it went over the wire. */
export function readQuorumRows(scenario: string): QuorumRow[] {
  const lines = readFileSync(join(QUORUM_VECTORS, `${scenario}.jsonl`), 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as QuorumRow);
}
