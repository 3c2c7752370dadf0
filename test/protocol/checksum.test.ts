import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adler32, crc32 } from '../../src/protocol/index.js';

describe.each([
  ['crc32', crc32, { empty: 0, nine: 0xcbf43926 }],
  ['adler32', adler32, { empty: 1, nine: 0x091e01de }],
])('%s', (_name, sum, known) => {
  it('gives the published check values', () => {
    expect(sum(Buffer.alloc(0))).toBe(known.empty);
    expect(sum(Buffer.from('123456789'))).toBe(known.nine);
  });

  it('goes on over pieces as over the whole', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (bytes, at) => {
        expect(sum(bytes.subarray(at), sum(bytes.subarray(0, at)))).toBe(sum(bytes));
      }),
    );
  });

  it('takes many bytes at once as one by one', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        let expected = known.empty;
        for (const byte of bytes) expected = sum(Uint8Array.of(byte), expected);
        expect(sum(bytes)).toBe(expected);
      }),
    );
  });

  it('stays an unsigned 32-bit number over a megabyte of the largest byte', () => {
    const result = sum(new Uint8Array(1 << 20).fill(0xff));
    expect(result).toBe(result >>> 0);
  });
});
