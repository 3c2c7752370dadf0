import type { Decoded, FrameRow } from './vector-rows.js';
import { decodeFrame } from './wire-json.js';

type Label = Pick<Decoded, 'record' | 'op' | 'volatile'>;

/** Frames that the recorder took for something else, because it went by their xid: `file scenario seq`. */
const LABELS: Readonly<Record<string, Label>> = {
  'basic xid-values 18': {
    record: 'Reply',
    op: 'exists',
    volatile: ['header.zxid', 'body.stat.mzxid', 'body.stat.mtime', 'body.stat.pzxid'],
  },
  'connect opcode-createSession-from-client 4': {
    record: 'ConnectResponse',
    volatile: ['body.sessionId', 'body.passwd'],
  },
};

/** The row with its frame decoded as what it is. */
export function relabel(row: FrameRow, label: string): FrameRow {
  const meant = LABELS[label];
  if (meant === undefined || row.bytes === null) return row;
  return { ...row, decoded: { ...decodeFrame(row.bytes, meant), volatile: meant.volatile ?? [] } };
}

/**
 * A watch on a null path that an earlier file left in the recorded 3.8.0, whose connection was gone: the newer server
 * does not keep such watches.
 */
const STRAY_WATCH: Readonly<Record<string, (text: string) => string>> = {
  'four-letter 4lw-with-session 18': (text) => text.replace('watching 3 paths', 'watching 2 paths'),
  'four-letter 4lw-with-session 24': (text) => text.replace(/^null\n\t0x[0-9a-f]+\n/, ''),
};

/** The text of an answer without what another file's scenarios left in it. */
export function ownText(text: string, label: string): string {
  return STRAY_WATCH[label]?.(text) ?? text;
}
