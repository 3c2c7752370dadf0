import { describe, expect, it } from 'vitest';
import { JuteReader, JuteWriter, writeUstring } from '../../src/protocol/index.js';

const written = (write: (writer: JuteWriter) => void): string => {
  const writer = new JuteWriter();
  write(writer);
  return writer.take().toString('hex');
};

describe('JuteWriter', () => {
  it('writes integers big endian in two’s complement', () => {
    expect(written((writer) => writer.int8(-2).int32(-5).int64(-1n))).toBe('fefffffffbffffffffffffffff');
  });

  it.each([0, 1, -1, 0xffffffff, 0x1_0000_0000, -0x1_0000_0001, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])(
    'writes the double %d as the 64-bit integer it is',
    (value) => {
      expect(written((writer) => writer.long(value))).toBe(written((writer) => writer.int64(BigInt(value))));
    },
  );

  it('keeps null and empty apart', () => {
    expect(written((writer) => writer.buffer(null).buffer(Buffer.alloc(0)))).toBe('ffffffff00000000');
    expect(written((writer) => writer.ustring(null).ustring(''))).toBe('ffffffff00000000');
    expect(written((writer) => writer.vector(null, writeUstring).vector([], writeUstring))).toBe('ffffffff00000000');
  });

  it('writes UTF-8, one four-byte sequence for a character above U+FFFF', () => {
    expect(written((writer) => writer.ustring('é/中/\u{1F600}'))).toBe('0000000bc3a92fe4b8ad2ff09f9880');
  });

  it('loses nothing at whatever byte the buffer grows', () => {
    for (let startBytes = 1; startBytes <= 60; startBytes++) {
      const writer = new JuteWriter(startBytes);
      writer
        .int8(1)
        .bool(true)
        .int32(-7)
        .int64(1n << 60n)
        .long(5)
        .buffer(Buffer.from('data'))
        .ustring('text');
      writer.vector(['a', null], writeUstring).bytes(Buffer.from([9, 9]));
      const reader = new JuteReader(writer.take());
      expect([reader.int8(), reader.bool(), reader.int32(), reader.int64(), reader.long()]).toEqual([
        1,
        true,
        -7,
        1n << 60n,
        5,
      ]);
      expect(reader.buffer()?.toString()).toBe('data');
      expect(reader.ustring()).toBe('text');
      expect(reader.vector((item) => item.ustring())).toEqual(['a', null]);
      expect([reader.int8(), reader.int8(), reader.remaining]).toEqual([9, 9, 0]);
    }
  });

  it('patches a frame’s length after its content is known', () => {
    const writer = new JuteWriter(1);
    const lengthAt = writer.beginFrame();
    writer.int32(7).int64(9n);
    expect(writer.endFrame(lengthAt).take().readInt32BE(0)).toBe(12);
  });

  it('patches values in place', () => {
    const writer = new JuteWriter();
    writer.int32(1).long(2).int32(3);
    writer.patchInt32(0, -1).patchLong(4, -2);
    const reader = new JuteReader(writer.take());
    expect([reader.int32(), reader.long(), reader.int32(), reader.remaining]).toEqual([-1, -2, 3, 0]);
  });

  it('forgets what is truncated', () => {
    const writer = new JuteWriter();
    writer.int32(1).int32(2);
    writer.truncate(4);
    expect(writer.int32(3).take().toString('hex')).toBe('0000000100000003');
  });

  it('hands over bytes that later writes do not touch', () => {
    const writer = new JuteWriter();
    const first = writer.int32(1).take();
    writer.int32(2);
    expect(first.toString('hex')).toBe('00000001');
    expect(writer.length).toBe(4);
  });
});
