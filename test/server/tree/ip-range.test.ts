import { describe, expect, it } from 'vitest';
import { parseIpAddress, parseIpRange } from '../../../src/server/tree/ip-range.js';

const hex = (bytes: Uint8Array | null): string | null => (bytes === null ? null : Buffer.from(bytes).toString('hex'));

describe('an address', () => {
  it.each([
    ['1.2.3.4', '01020304'],
    ['255.255.255.255', 'ffffffff'],
    ['::', '00000000000000000000000000000000'],
    ['::1', '00000000000000000000000000000001'],
    ['1::', '00010000000000000000000000000000'],
    ['2001:db8::ff00:42:8329', '20010db8000000000000ff0000428329'],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
    ['::ffff:10.1.2.3', '00000000000000000000ffff0a010203'],
    ['1:2:3:4:5:6:7::', '00010002000300040005000600070000'],
  ])('%s is %s', (text, expected) => {
    expect(hex(parseIpAddress(text))).toBe(expected);
  });

  it.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '1.2.3.-1',
    '1.2.3.x',
    '1.2.3.',
    ' 1.2.3.4',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    '12345::',
    'g::',
    '1.2.3.4::',
    '::1.2.3',
    'fe80::1%eth0',
  ])('%j is none', (text) => {
    expect(parseIpAddress(text)).toBeNull();
  });
});

describe('a range', () => {
  it('is a whole address when no bits are given', () => {
    expect(parseIpRange('1.2.3.4')?.prefixBits).toBe(32);
    expect(parseIpRange('::1')?.prefixBits).toBe(128);
  });

  it.each([
    ['1.2.3.4/0', 0],
    ['1.2.3.4/32', 32],
    ['::1/128', 128],
  ])('%s has %i bits', (text, bits) => {
    expect(parseIpRange(text)?.prefixBits).toBe(bits);
  });

  it.each(['1.2.3.4/33', '1.2.3.4/', '1.2.3.4/-1', '1.2.3.4/1/2', '::1/129', '/8', '1.2.3.4/ 8'])(
    '%j is none',
    (text) => {
      expect(parseIpRange(text)).toBeNull();
    },
  );
});
