import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JuteReader, JuteWriter, MarshallingError, readUstring } from '../../src/protocol/index.js';

const reader = (hex: string): JuteReader => new JuteReader(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

describe('JuteReader', () => {
  it('reads integers big endian in two’s complement', () => {
    const input = reader('fe fffffffb ffffffffffffffff');
    expect([input.int8(), input.int32(), input.int64(), input.remaining]).toEqual([-2, -5, -1n, 0]);
  });

  it('reads 64-bit integers within 2^53 as exact doubles', () => {
    expect(reader('0000000100000002').long()).toBe(0x1_0000_0002);
    expect(reader('ffffffffffffffff').long()).toBe(-1);
    expect(reader('001fffffffffffff').zxid()).toBe(Number.MAX_SAFE_INTEGER);
    expect(reader('ffe0000000000001').long()).toBe(Number.MIN_SAFE_INTEGER);
  });

  it('takes any byte but zero for true', () => {
    const input = reader('00 01 7f ff');
    expect([input.bool(), input.bool(), input.bool(), input.bool()]).toEqual([false, true, true, true]);
  });

  it('keeps null and empty apart', () => {
    const buffers = reader('ffffffff 00000000');
    expect([buffers.buffer(), buffers.buffer()]).toEqual([null, Buffer.alloc(0)]);
    const strings = reader('ffffffff 00000000');
    expect([strings.ustring(), strings.ustring()]).toEqual([null, '']);
    const vectors = reader('ffffffff 00000000');
    expect([vectors.vector(readUstring), vectors.vector(readUstring)]).toEqual([null, []]);
  });

  it('reads a vector count below -1 as an empty vector', () => {
    expect(reader('fffffffe').vector(readUstring)).toEqual([]);
    expect(reader('80000000').vector(readUstring)).toEqual([]);
  });

  it('reads bytes that are not UTF-8 as U+FFFD', () => {
    expect(reader('00000003 61 ff 62').ustring()).toBe('a\uFFFDb');
    // The two halves of a surrogate pair, each as three bytes: what Java's writer makes of U+1F600.
    expect(reader('00000006 eda0bd edb880').ustring()).toMatch(/^\uFFFD+$/);
  });

  it.each([
    ['int8', '', (input: JuteReader) => input.int8()],
    ['bool', '', (input: JuteReader) => input.bool()],
    ['int32', '000000', (input: JuteReader) => input.int32()],
    ['int64', '00000000000000', (input: JuteReader) => input.int64()],
    ['long', '00000000000000', (input: JuteReader) => input.long()],
    ['a string longer than the frame', '00000002 61', (input: JuteReader) => input.ustring()],
    ['a string of length -2', 'fffffffe', (input: JuteReader) => input.ustring()],
    ['a buffer of 2 GiB', '7fffffff 61', (input: JuteReader) => input.buffer()],
    ['a view of 2 GiB', '7fffffff 61', (input: JuteReader) => input.bufferView()],
    ['a buffer of length -2', 'fffffffe', (input: JuteReader) => input.buffer()],
    ['a vector of 2^31 - 1 strings', '7fffffff ffffffff', (input: JuteReader) => input.vector(readUstring)],
    ['a list of 2^31 - 1 texts', '7fffffff ffffffff', (input: JuteReader) => input.texts()],
    [
      'a text in a list longer than the frame',
      '00000002 00000001 61 00000002 61',
      (input: JuteReader) => input.texts(),
    ],
    ['a text in a list of length -2', '00000001 fffffffe', (input: JuteReader) => input.texts()],
  ])('refuses %s', (_what, hex, read) => {
    expect(() => read(reader(hex))).toThrow(MarshallingError);
  });

  it('says where and what it wanted', () => {
    const input = reader('00000001 00000009 61');
    input.int32();
    expect(() => input.ustring()).toThrow('string length 9 at byte 4 does not fit the 1 bytes left');
  });

  it('never reads past its end although the buffer goes on', () => {
    const input = new JuteReader(Buffer.from('0000000161620000', 'hex'), 0, 4);
    expect(() => input.ustring()).toThrow(MarshallingError);
  });

  it('copies buffers out of the frame and lends views into it', () => {
    const frame = Buffer.from('00000001610000000162', 'hex');
    const input = new JuteReader(frame);
    const copy = input.buffer();
    const view = input.bufferView();
    frame.fill(0x7a);
    expect([copy?.toString(), view?.toString()]).toEqual(['a', 'z']);
    expect(copy?.buffer.byteLength).toBe(1);
  });
});

describe('a list of texts', () => {
  it('keeps null and empty apart, but not null and empty texts', () => {
    expect([reader('ffffffff').texts(), reader('00000000').texts(), reader('fffffffe').texts()]).toEqual([
      null,
      [],
      [],
    ]);
    expect(reader('00000003 ffffffff 00000001 61 00000000').texts()).toEqual(['', 'a', '']);
  });

  it('reads what the strings are one by one, whatever bytes they are of, and stops behind them', () => {
    const ascii = fc.string({ unit: 'binary-ascii', maxLength: 300 }).map((text) => Buffer.from(text));
    const any = fc.oneof({ weight: 20, arbitrary: ascii }, fc.uint8Array({ maxLength: 300 }), fc.constant(null));
    // Most lists have no odd name, and enough of them are longer than what is decoded at once.
    const lists = fc.oneof(fc.array(ascii, { maxLength: 60 }), fc.array(any, { maxLength: 60 }));
    fc.assert(
      fc.property(lists, (list) => {
        const writer = new JuteWriter().vector(list, (out, bytes) => out.buffer(bytes)).int32(7);
        const bytes = writer.take();
        const one = new JuteReader(bytes).vector(readUstring);
        const input = new JuteReader(bytes);
        expect(input.texts()).toEqual(one?.map((text) => text ?? ''));
        expect(input.int32()).toBe(7);
      }),
    );
  });

  it.each([
    ['the halves of a character in two names', '00000002 00000001 c3 00000001 a9', ['\uFFFD', '\uFFFD']],
    // A length of 195 ends in c3.
    [
      'a name that would go on with its length',
      `00000001 000000c3 a9${'61'.repeat(194)}`,
      [`\uFFFD${'a'.repeat(194)}`],
    ],
  ])('does not read %s as one', (_what, hex, texts) => {
    expect(reader(hex).texts()).toEqual(texts);
  });
});
