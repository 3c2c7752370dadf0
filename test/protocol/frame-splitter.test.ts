import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FrameFault } from '../../src/protocol/index.js';
import { FrameSplitter } from '../../src/protocol/index.js';

const LIMIT_BYTES = 1000;

function frame(payload: Buffer): Buffer {
  const prefix = Buffer.alloc(4);
  prefix.writeInt32BE(payload.length);
  return Buffer.concat([prefix, payload]);
}

function split(chunks: readonly Buffer[], limitBytes = LIMIT_BYTES): { frames: string[]; fault: FrameFault | null } {
  const splitter = new FrameSplitter(limitBytes);
  const frames: string[] = [];
  for (const chunk of chunks) {
    const fault = splitter.push(chunk, (buf, start, end) => {
      frames.push(buf.toString('hex', start, end));
      return true;
    });
    if (fault !== null) return { frames, fault };
  }
  return { frames, fault: null };
}

/** The bytes cut at the given places, in any order. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return at.slice(1).map((end, i) => bytes.subarray(at[i], end));
}

const payloads = fc.array(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  { maxLength: 8 },
);

describe('FrameSplitter', () => {
  it('finds the same frames wherever the stream is cut', () => {
    fc.assert(
      fc.property(payloads, fc.array(fc.nat(), { maxLength: 12 }), (list, places) => {
        const stream = Buffer.concat(list.map(frame));
        expect(split(cut(stream, places))).toEqual({ frames: list.map((bytes) => bytes.toString('hex')), fault: null });
      }),
    );
  });

  it('hands out a frame that lies whole in a chunk without copying it', () => {
    const chunk = frame(Buffer.from('payload'));
    new FrameSplitter(LIMIT_BYTES).push(chunk, (buf, start, end) => {
      expect(buf).toBe(chunk);
      expect(buf.toString('utf8', start, end)).toBe('payload');
      return true;
    });
    expect.assertions(2);
  });

  it('takes a frame of exactly the limit and refuses one byte more as soon as its prefix is known', () => {
    expect(split([frame(Buffer.alloc(LIMIT_BYTES))]).frames).toHaveLength(1);
    const prefix = Buffer.alloc(4);
    prefix.writeInt32BE(LIMIT_BYTES + 1);
    const fault = { length: LIMIT_BYTES + 1, reason: 'tooLong' };
    expect(split([prefix])).toEqual({ frames: [], fault });
    expect(split([prefix.subarray(0, 3), prefix.subarray(3)])).toEqual({ frames: [], fault });
  });

  it('refuses a negative length, after the frames before it', () => {
    const bad = Buffer.from('ffffffff', 'hex');
    const fault = { length: -1, reason: 'negative' };
    expect(split([Buffer.concat([frame(Buffer.from([1])), bad])])).toEqual({ frames: ['01'], fault });
    expect(split([bad.subarray(0, 1), bad.subarray(1)])).toEqual({ frames: [], fault });
  });

  it('reserves what has come, not what a prefix claims', () => {
    const splitter = new FrameSplitter(0x7fffffff);
    const before = process.memoryUsage().arrayBuffers;
    expect(splitter.push(Buffer.from('7ffffff0616263', 'hex'), () => true)).toBeNull();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
  });

  it('stops where its handler says so', () => {
    const seen: string[] = [];
    const chunk = Buffer.concat([frame(Buffer.from([1])), frame(Buffer.from([2]))]);
    const fault = new FrameSplitter(LIMIT_BYTES).push(chunk, (buf, start, end) => {
      seen.push(buf.toString('hex', start, end));
      return false;
    });
    expect([seen, fault]).toEqual([['01'], null]);
  });
});

it('a handler may stop at any frame, and get the rest later', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 20 }),
      fc.infiniteStream(fc.boolean()),
      fc.nat(30),
      (payloads, goOn, cut) => {
        const stream = Buffer.concat(
          payloads.flatMap((each) => [Buffer.from([0, 0, 0, each.length]), Buffer.from(each)]),
        );
        const splitter = new FrameSplitter(1000);
        const got: Buffer[] = [];
        const take = (buf: Buffer, start: number, end: number): boolean => {
          got.push(Buffer.from(buf.subarray(start, end)));
          return (goOn.next() as IteratorResult<boolean, undefined>).value ?? true;
        };
        splitter.push(stream.subarray(0, cut), take);
        splitter.push(stream.subarray(cut), take);
        for (const _ of payloads) splitter.proceed(take);
        expect(got).toEqual(payloads.map((each) => Buffer.from(each)));
      },
    ),
  );
});
