import { afterAll, describe, expect, it } from 'vitest';
import { codecOf, JuteReader, MarshallingError, requestHeaderCodec } from '../../src/protocol/index.js';
import { expandCut } from './support/cut-text.js';
import { decodeFrame, encodeFrame, opCodeOf } from './support/wire-json.js';
import type { Decoded, FrameRow, VectorSet } from './support/vector-rows.js';
import { labelOf, readScenarios, vectorFiles } from './support/vector-rows.js';

/** Why a recorded frame does not come back byte for byte; every such frame is still checked, as its case says. */
const REASONS = {
  malformed: 'the record is cut short or lies about a length, on purpose: refused',
  headerless: 'too short for a request header, on purpose: refused',
  cutForStorage:
    'only the first bytes of the frame were recorded: rebuilt from its fields and compared with those bytes',
  notAnOpOfThisMulti: 'an op that this kind of multi may not hold: refused, as the recorded server did with -5',
  lengthBelowMinusOne:
    'a string length of -2, which the recorder read as null: refused, as the recorded server did with -5',
  countBelowMinusOne: 'a negative vector count other than -1 reads as an empty list and is written as one',
  oddBoolean: 'a boolean byte other than 0 and 1 reads as true and is written as 1',
  notUtf8: 'bytes that are not UTF-8 read as U+FFFD',
} as const;

type Reason = keyof typeof REASONS;

/** The frames of the recordings that are odd beyond being malformed; one entry says everything about them. */
const ODD: Readonly<Record<string, Reason>> = {
  'limits inner-length-lies 5': 'lengthBelowMinusOne',
  'limits inner-length-lies 11': 'countBelowMinusOne',
  'limits bool-values 3': 'oddBoolean',
};

interface Tally {
  frames: number;
  roundTripped: number;
  readonly left: Map<Reason, string[]>;
}

const tallies = new Map<VectorSet, Tally>();

function tallyOf(set: VectorSet): Tally {
  const tally = tallies.get(set) ?? { frames: 0, roundTripped: 0, left: new Map<Reason, string[]>() };
  tallies.set(set, tally);
  return tally;
}

describe.each<VectorSet>(['3.8.0', 'master'])('recorded frames of %s', (set) => {
  const tally = tallyOf(set);

  describe.each(vectorFiles(set))('%s', (file) => {
    for (const scenario of readScenarios(set, file)) {
      const frames = scenario.rows.filter((row) => row.kind === 'frame');
      if (frames.length === 0) continue;
      it(scenario.name, () => {
        for (const row of frames) {
          tally.frames += 1;
          const label = `${labelOf(scenario)} ${row.seq}`;
          const reason = checkFrame(row, label);
          if (reason === null) tally.roundTripped += 1;
          else tally.left.set(reason, [...(tally.left.get(reason) ?? []), label]);
        }
      });
    }
  });
});

afterAll(() => {
  for (const [set, { frames, roundTripped, left }] of tallies) {
    const lines = [...left].map(
      ([reason, labels]) => `  ${labels.length} not: ${REASONS[reason]}: ${labels.join(', ')}`,
    );
    console.log([`recorded frames of ${set}: ${frames}, ${roundTripped} decode and encode back`, ...lines].join('\n'));
  }
});

/** Checks one frame; null when it came back byte for byte, else why not. */
function checkFrame(row: FrameRow, label: string): Reason | null {
  const { decoded } = row;
  const frame = row.bytes;
  if (frame === null) return checkPrefix(row, label);
  if (decoded.record === 'Malformed') return checkMalformed(frame, row, label);
  if (decoded.record === 'Request' && hasForeignOps(decoded)) return refused(frame, decoded, 'notAnOpOfThisMulti');
  const odd = ODD[label] ?? null;
  if (odd === 'lengthBelowMinusOne') return refused(frame, decoded, odd);
  const ours = decodeFrame(frame, decoded);
  expect(ours, label).toEqual(asDecoded(odd === 'countBelowMinusOne' ? withEmptyAcl(decoded) : decoded));
  const encoded = encodeFrame(ours);
  if (encoded.equals(frame)) return null;
  const reason = odd ?? reasonOf(ours, label);
  expect(reason, `${label} came back as ${encoded.toString('hex')}`).not.toBeNull();
  expect(decodeFrame(encoded, decoded), label).toEqual(ours);
  return reason;
}

const NOT_UTF8 = /^(limits string-astral|edge unicode-data-and-names) /;

function reasonOf(ours: Decoded, label: string): Reason | null {
  return NOT_UTF8.test(label) && JSON.stringify(ours).includes('\uFFFD') ? 'notUtf8' : null;
}

/** Fields of the recording that say nothing about the bytes. */
function asDecoded(decoded: Decoded): Decoded {
  const { volatile: _volatile, unordered: _unordered, ...rest } = decoded;
  if (rest.record !== 'Request' || isClientOp(rest.op)) return rest;
  // The recorder gave the ops that no client may send an empty body; to us their bytes are left over.
  const { body: _body, ...header } = rest;
  return header;
}

function isClientOp(op: string | null | undefined): boolean {
  const code = opCodeOf(op);
  return code !== null && codecOf(code) !== null;
}

function refused(frame: Buffer, decoded: Decoded, reason: Reason): Reason {
  expect(() => decodeFrame(frame, decoded)).toThrow(MarshallingError);
  return reason;
}

function checkMalformed(frame: Buffer, row: FrameRow, label: string): Reason {
  if (row.dir === 's2c') {
    // A reply header in the place of a ConnectResponse: the read-only server of readonly.jsonl.
    return refused(frame, { record: 'ConnectResponse' }, 'malformed');
  }
  if (row.decoded.header === null) {
    return refused(frame, { record: row.seq === 1 ? 'ConnectRequest' : 'Request' }, 'headerless');
  }
  const header = requestHeaderCodec.read(new JuteReader(frame, 4));
  expect({ ...header }, label).toEqual(row.decoded.header);
  return refused(frame, { record: 'Request' }, 'malformed');
}

const WRITE_OPS = new Set(['create', 'create2', 'createContainer', 'createTTL', 'delete', 'setData', 'check']);
const READ_OPS = new Set(['getData', 'getChildren']);

function hasForeignOps({ op, body }: Decoded): boolean {
  if (op !== 'multi' && op !== 'multiRead') return false;
  const allowed = op === 'multi' ? WRITE_OPS : READ_OPS;
  const ops = (body?.['ops'] ?? []) as readonly { readonly op?: string }[];
  return ops.some((item) => item.op === undefined || !allowed.has(item.op));
}

/** The recorder shows a count of -5 as null; the record read from it has an empty list (client-protocol 1.3). */
function withEmptyAcl(decoded: Decoded): Decoded {
  return { ...decoded, body: { ...decoded.body, acl: [] } };
}

function checkPrefix(row: FrameRow, label: string): Reason {
  const { prefix, totalBytes } = row;
  if (prefix === null) throw new Error(`${label} has neither bytes nor a prefix`);
  const whole = expandCut(row.decoded);
  const frame = encodeFrame(whole);
  expect(frame.length, label).toBe(totalBytes);
  expect(frame.subarray(0, prefix.length).toString('hex'), label).toBe(prefix.toString('hex'));
  expect(decodeFrame(frame, whole), label).toEqual(asDecoded(whole));
  return 'cutForStorage';
}
