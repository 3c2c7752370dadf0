import { describe, expect, it } from 'vitest';
import { SessionIds } from '../../../src/server/sessions/session-ids.js';

const hex = (id: bigint): string => BigInt.asUintN(64, id).toString(16).padStart(16, '0');

describe('session ids', () => {
  it('are server, time, counter', () => {
    const ids = new SessionIds(1, 0x12_3456_789a);
    expect([hex(ids.next()), hex(ids.next()), hex(ids.next())]).toEqual([
      '01123456789a0000',
      '01123456789a0001',
      '01123456789a0002',
    ]);
  });

  it('take the low 40 bits of any clock, in whole ms', () => {
    expect(hex(new SessionIds(2, 0x7ff_1234_5678 + 0.9).next())).toBe('02ff123456780000');
  });

  it('are signed, as the wire reads them', () => {
    expect(new SessionIds(0xfe, 1).next()).toBeLessThan(0n);
    expect(hex(new SessionIds(0xfe, 1).next())).toBe('fe00000000010000');
  });

  it('leave out 0 and the mark of containers', () => {
    expect(hex(new SessionIds(0, 0).next())).toBe('0000000000000001');
    expect(hex(new SessionIds(0x80, 0).next())).toBe('8000000000000001');
  });

  it('refuse server ids that would make TTL owners', () => {
    for (const serverId of [0xff, -1, 1.5]) {
      expect(() => new SessionIds(serverId, 0)).toThrow(`serverId ${serverId} is outside 0..254`);
    }
  });
});
