import { ErrorCode, errorName } from '../../../src/protocol/index.js';
import type { SideRequest } from './side-session.js';
import type { Decoded, FrameRow, JsonObject, Row, Scenario } from './vector-rows.js';
import { labelOf, readScenarios } from './vector-rows.js';

/** Where pinfold means to differ from the recorded servers. */
export interface Deviation {
  readonly reason: string;
  /** The rows that are expected instead. */
  readonly rows: (scenario: Scenario) => readonly Row[];
  /** Brings the tree to what the recorded server had at the end, for the scenarios that follow. */
  readonly afterwards?: readonly SideRequest[];
}

type Patch = (decoded: Decoded) => Decoded;

/** The recorded rows with some frames changed, by seq. */
function patched(patches: Readonly<Record<number, Patch>>): Deviation['rows'] {
  return ({ rows }) =>
    rows.map((row) => {
      const patch = patches[row.seq];
      if (patch === undefined) return row;
      if (row.kind !== 'frame') throw new Error(`row ${row.seq} of ${row.scenario} is no frame`);
      return { ...row, decoded: patch(row.decoded) };
    });
}

const withBody =
  (body: JsonObject): Patch =>
  (decoded) => ({ ...decoded, body: { ...decoded.body, ...body } });

const withoutBody: Patch = ({ body: _body, ...decoded }) => decoded;

const withError =
  (code: number): Patch =>
  (decoded) => {
    const { body: _body, ...rest } = decoded;
    return { ...rest, header: { ...rest.header, err: code }, err: errorName(code) ?? '?' };
  };

/** A reply in the place of what the recorded server did at that row, to the request of the row before. */
function replyInstead(
  row: Row,
  reply: Pick<Decoded, 'op' | 'volatile'> & { xid: number; zxid: string; code: number },
): Row {
  if (row.kind === 'note') throw new Error(`row ${row.seq} of ${row.scenario} is a note`);
  const { op = null, xid, zxid, code, volatile = [] } = reply;
  const decoded: Decoded = {
    record: 'Reply',
    header: { xid, zxid, err: code },
    err: errorName(code) ?? '?',
    op,
    volatile,
  };
  const { scenario, seq, conn } = row;
  const frame: FrameRow = {
    kind: 'frame',
    scenario,
    seq,
    conn,
    dir: 's2c',
    decoded,
    bytes: null,
    prefix: null,
    totalBytes: 0,
  };
  return frame;
}

const EMOJI = '\u{1F600}';
const PROPER_UTF8 = 'characters above U+FFFF go out as UTF-8, not as two surrogate halves (client-protocol 1.3)';
const NO_ERROR_BODY = 'an error reply has no body: clients must ignore one (client-protocol 3.2)';

/** By `file scenario`. */
export const DEVIATIONS: Readonly<Record<string, Deviation>> = {
  'edge null-path-every-op': {
    reason: `a watch on a null path can never fire and is not kept; ${NO_ERROR_BODY}`,
    rows: patched({
      56: withError(ErrorCode.NOWATCHER),
      59: withError(ErrorCode.NOWATCHER),
      74: withoutBody,
      77: withoutBody,
    }),
  },
  'multi multiRead-bad': { reason: NO_ERROR_BODY, rows: patched({ 4: withoutBody }) },
  'edge unicode-data-and-names': { reason: PROPER_UTF8, rows: patched({ 8: withBody({ path: `/${EMOJI}` }) }) },
  'limits string-astral': {
    reason: `${PROPER_UTF8}; three ill-formed bytes become three U+FFFD, as everywhere in JavaScript`,
    rows: patched({
      4: withBody({ path: `/${EMOJI}` }),
      8: withBody({ path: `/${'\uFFFD'.repeat(6)}` }),
      12: withBody({
        acl: [
          { perms: 31, id: { scheme: 'digest', id: `${EMOJI}:x` } },
          { perms: 31, id: { scheme: 'world', id: 'anyone' } },
        ],
      }),
    }),
  },
  'connect opcode-createSession-from-client': {
    reason: 'createSession is no request of a client: an unknown op code (client-protocol 5.3)',
    rows: ({ rows }) =>
      rows.flatMap((row): Row[] => {
        if (row.seq === 4) return [replyInstead(row, { op: 'createSession', xid: 1, zxid: '-1', code: -6 })];
        return row.kind === 'nothing' ? [{ ...row, kind: 'close' }] : [row];
      }),
  },
  'readonly ro-no-local-sessions': {
    reason: 'sessions of a read-only server are local, whatever they are elsewhere: a handshake in place of an error',
    rows: patched({
      2: () => ({
        record: 'ConnectResponse',
        body: { protocolVersion: 0, timeOut: 10_000, sessionId: '1', passwd: '00'.repeat(16), readOnly: true },
        volatile: ['body.sessionId', 'body.passwd'],
      }),
    }),
  },
  'container-ttl deleteContainer-from-client': {
    reason:
      'deleteContainer is refused with BADARGUMENTS, as 3.8.0 did: it would pass by the ACL (client-protocol 5.3)',
    rows: ({ file, name }) => {
      const packaged = readScenarios('3.8.0', file).find((scenario) => scenario.name === name);
      if (packaged === undefined) throw new Error(`${file} has no ${name}`);
      // The short form of the newer version lacks a field of the older one.
      return patched({ 28: withError(ErrorCode.MARSHALLINGERROR) })(packaged);
    },
    afterwards: ['/dc3', '/dp'].map((path) => ({ op: 'delete', body: { path, version: -1 } })),
  },
  'container-ttl ttl-opcode-with-plain-flags': {
    reason: 'a negative TTL is refused with BADARGUMENTS instead of ending the server (client-protocol 4.3)',
    rows: ({ rows }) =>
      rows.map((row) =>
        row.kind === 'close'
          ? replyInstead(row, { op: 'createTTL', xid: 1, zxid: '2', code: -8, volatile: ['header.zxid'] })
          : row,
      ),
  },
};

/** Answers that depend on a timer of the server and may be the other way, by `file scenario seq`. */
const ALTERNATIVES: Readonly<Record<string, Patch>> = {
  // The container is empty again by then: the sweep, once a second, may have removed it already.
  'container-ttl deleteContainer-from-client 30': withError(ErrorCode.NONODE),
};

/** What may be answered instead, just as rightly; null for most rows. */
export function alternativeOf(decoded: Decoded, label: string): Decoded | null {
  return ALTERNATIVES[label]?.(decoded) ?? null;
}

export function deviationOf(scenario: Scenario): Deviation | null {
  return DEVIATIONS[labelOf(scenario)] ?? null;
}
