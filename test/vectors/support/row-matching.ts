import type { ReplayLink } from './replay-link.js';
import type { FrameRow, Row, Scenario } from './vector-rows.js';
import { labelOf } from './vector-rows.js';
import { decodeFrame } from './wire-json.js';

/** A scenario on its way. */
export interface Playing {
  readonly scenario: Scenario;
  /** Rows that were met before their turn. */
  readonly done: Set<Row>;
}

/** Rows whose events may come in any order among themselves: `file scenario`, first and last seq. */
const ANY_ORDER: Readonly<Record<string, readonly [number, number]>> = {
  'watches ephemeral-close-events': [26, 30],
};

/** Answered by the network layer, in the order of the recording or not. */
const NETWORK_ANSWERED = new Set(['auth', 'sasl', 'ping']);

export function isAnswerTo(frame: Buffer, { decoded }: FrameRow): boolean {
  return decoded.record === 'ConnectResponse' || xidOf(frame) === decoded.header?.['xid'];
}

function xidOf(frame: Buffer): number | null {
  return frame.length >= 8 ? frame.readInt32BE(4) : null;
}

export function isNetworkAnswered({ decoded }: FrameRow): boolean {
  return decoded.record === 'Reply' && NETWORK_ANSWERED.has(decoded.op ?? '');
}

/** The row that this frame is the late answer of. */
export function overtakenBy(frame: Buffer, link: ReplayLink): FrameRow | null {
  const at = link.overtaken.findIndex((row) => isAnswerTo(frame, row));
  return at === -1 ? null : (link.overtaken.splice(at, 1)[0] ?? null);
}

/** The later row that this frame is the early answer of. */
export function earlierThan(frame: Buffer, { scenario, done }: Playing, row: FrameRow): FrameRow | null {
  for (const other of scenario.rows) {
    if (other.seq <= row.seq || other.kind !== 'frame' || other.conn !== row.conn || done.has(other)) continue;
    if (other.dir === 'c2s') return null;
    if (isNetworkAnswered(other) && isAnswerTo(frame, other)) return other;
  }
  return null;
}

/** Where events may come in any order: the row that this one is of. */
export function sameEvent(frame: Buffer, { scenario, done }: Playing, row: FrameRow): FrameRow | null {
  const [from, to] = ANY_ORDER[labelOf(scenario)] ?? [0, 0];
  if (row.seq < from || row.seq > to) return null;
  const { body } = decodeFrame(frame, { record: 'Notification' });
  const rows = scenario.rows.filter((other) => other.kind === 'frame' && other.seq >= from && other.seq <= to);
  const meant = rows.find(
    (other) => !done.has(other) && other.kind === 'frame' && other.decoded.body?.['path'] === body?.['path'],
  );
  return (meant as FrameRow | undefined) ?? null;
}
