import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Codec } from '../../src/protocol/index.js';
import {
  connectRequestCodec,
  connectResponseCodec,
  JuteReader,
  MarshallingError,
  OpCode,
  readTxn,
  replyHeaderCodec,
  requestCodecs,
  requestHeaderCodec,
  watcherEventCodec,
} from '../../src/protocol/index.js';
import { readScenarios, vectorFiles } from '../vectors/support/vector-rows.js';

/** Everything that decodes bytes of strangers, by name. */
const decoders: readonly (readonly [string, (reader: JuteReader) => unknown])[] = [
  ...Object.entries<{ request: Codec<unknown>; response: Codec<unknown> }>(requestCodecs).flatMap(([code, codec]) => [
    [`request ${code}`, (reader: JuteReader) => codec.request.read(reader)] as const,
    [`response ${code}`, (reader: JuteReader) => codec.response.read(reader)] as const,
  ]),
  ['ConnectRequest', (reader) => connectRequestCodec.read(reader)],
  ['ConnectResponse', (reader) => connectResponseCodec.read(reader)],
  ['request header', (reader) => requestHeaderCodec.read(reader)],
  ['reply header', (reader) => replyHeaderCodec.read(reader)],
  ['WatcherEvent', (reader) => watcherEventCodec.read(reader)],
  ...Object.values(OpCode).map((type) => [`txn ${type}`, (reader: JuteReader) => readTxn(reader, type)] as const),
];

/** A value, or null where the bytes were refused as they should be; any other error fails the test. */
function decode(read: (reader: JuteReader) => unknown, bytes: Buffer, from: number): unknown {
  try {
    return read(new JuteReader(bytes, from));
  } catch (error) {
    if (error instanceof MarshallingError) return null;
    throw error;
  }
}

/** A rough count of what a decoded value keeps in memory. */
function weigh(value: unknown): number {
  if (typeof value === 'string') return value.length;
  // What lies in Node's pool shares its memory with others.
  if (Buffer.isBuffer(value))
    return value.buffer.byteLength === Buffer.poolSize ? value.length : value.buffer.byteLength;
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + weigh(item), 1);
  if (typeof value === 'object' && value !== null) return weigh(Object.values(value));
  return 1;
}

/** What a byte of input may cost at most: the fields of the smallest record that a vector can repeat. */
const WEIGHT_PER_BYTE = 8;

const decoder = fc.constantFrom(...decoders);
const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
const recorded = vectorFiles('3.8.0')
  .flatMap((file) => readScenarios('3.8.0', file))
  .flatMap(({ rows }) => rows)
  .flatMap((row) => (row.kind === 'frame' && row.bytes !== null ? [row.bytes] : []));
const recordedFrame = fc.constantFrom(...recorded);
/** Past the length prefix, past a request header, past a reply header. */
const start = fc.constantFrom(4, 12, 20);
const RUNS = { numRuns: 3000 };

describe('bytes of strangers', () => {
  it('decode or are refused: any bytes, any record', () => {
    fc.assert(
      fc.property(decoder, bytes, ([, read], input) => {
        expect(weigh(decode(read, input, 0))).toBeLessThanOrEqual(WEIGHT_PER_BYTE * (input.length + 16));
      }),
      RUNS,
    );
  });

  it('decode or are refused: recorded frames cut short', () => {
    fc.assert(
      fc.property(decoder, recordedFrame, start, fc.nat(), ([, read], frame, from, cut) => {
        const input = frame.subarray(0, cut % (frame.length + 1));
        if (input.length >= from) decode(read, input, from);
      }),
      RUNS,
    );
  });

  it('decode or are refused: recorded frames with bytes changed', () => {
    const change = fc.tuple(fc.nat(), fc.constantFrom(0x00, 0x01, 0x7f, 0x80, 0xff));
    fc.assert(
      fc.property(
        decoder,
        recordedFrame,
        start,
        fc.array(change, { maxLength: 4 }),
        ([, read], frame, from, changes) => {
          const input = Buffer.from(frame);
          for (const [at, byte] of changes) input[at % input.length] = byte;
          if (input.length < from) return;
          expect(weigh(decode(read, input, from))).toBeLessThanOrEqual(WEIGHT_PER_BYTE * (input.length + 16));
        },
      ),
      RUNS,
    );
  });

  it.each(decoders)('claims of 2 GiB cost nothing: %s', (_name, read) => {
    // Whatever length or count is read first, it claims far more than the frame has.
    const input = Buffer.alloc(64, 0x7f);
    const before = process.memoryUsage().arrayBuffers;
    for (let from = 0; from < 16; from++) decode(read, input, from);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
  });
});
