import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SNAPPY_BLOCK_BYTES_MAX, snappyCompress, snappyUncompress } from '../../../src/server/storage/snappy-block.js';

/** Bytes with repetitions near and far. */
const repetitive = fc
  .array(fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 1, max: 60 })), { maxLength: 12 })
  .map((runs) =>
    Buffer.concat(runs.flatMap(([bytes, times]) => Array.from({ length: times }, () => Buffer.from(bytes)))),
  );

describe('snappy blocks', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(fc.oneof(repetitive, fc.uint8Array({ maxLength: 3000 })), (bytes) => {
        const input = Buffer.from(bytes).subarray(0, SNAPPY_BLOCK_BYTES_MAX);
        expect(snappyUncompress(snappyCompress(input))).toEqual(input);
      }),
    );
    const largest = Buffer.alloc(SNAPPY_BLOCK_BYTES_MAX, 'abcdefgh');
    expect(snappyUncompress(snappyCompress(largest))).toEqual(largest);
    expect(snappyCompress(largest).length).toBeLessThan(2000);
    expect(() => snappyCompress(Buffer.alloc(SNAPPY_BLOCK_BYTES_MAX + 1))).toThrow(RangeError);
  });

  it('reads every kind of element', () => {
    // 4 literal bytes, a copy with one offset byte, one with two, one with four, and a literal with a length byte.
    const long = Buffer.alloc(70, 'z');
    const block = Buffer.concat([
      Buffer.from([4 + 4 + 5 + 6 + 70, 3 << 2, 0x61, 0x62, 0x63, 0x64]),
      Buffer.from([0x01, 4]),
      Buffer.from([(4 << 2) | 2, 8, 0]),
      Buffer.from([(5 << 2) | 3, 1, 0, 0, 0]),
      Buffer.from([60 << 2, 69]),
      long,
    ]);
    expect(snappyUncompress(block).toString()).toBe(`abcdabcdabcda${'a'.repeat(6)}${'z'.repeat(70)}`);
  });

  it('refuses what is no block, without allocating what it claims', () => {
    const bad = [
      [],
      [0xff, 0xff, 0xff, 0xff, 0xff, 1],
      [0xff, 0xff, 0xff, 0xff, 7, 0],
      [5, 3 << 2, 1],
      [1, 0x01, 0],
      [1, 2],
    ];
    for (const bytes of bad) expect(() => snappyUncompress(Buffer.from(bytes))).toThrow(RangeError);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          expect(snappyUncompress(Buffer.from(bytes)).length).toBeLessThanOrEqual(bytes.length * 22);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
    );
  });
});
