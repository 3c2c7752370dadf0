import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { counterOf, EPOCH_MAX, epochOf, formatZxid, makeZxid, parseZxid, toZxid } from '../../src/protocol/index.js';

const epochs = fc.integer({ min: 0, max: EPOCH_MAX });
const counters = fc.integer({ min: 0, max: 0xffffffff });

describe('zxid', () => {
  it('holds epoch and counter exactly', () => {
    fc.assert(
      fc.property(epochs, counters, (epoch, counter) => {
        const zxid = makeZxid(epoch, counter);
        expect([epochOf(zxid), counterOf(zxid)]).toEqual([epoch, counter]);
        expect(parseZxid(formatZxid(zxid))).toBe(zxid);
      }),
    );
  });

  it('orders by epoch, then counter', () => {
    fc.assert(
      fc.property(epochs, counters, epochs, counters, (epochA, counterA, epochB, counterB) => {
        const expected = epochA === epochB ? counterA - counterB : epochA - epochB;
        expect(Math.sign(makeZxid(epochA, counterA) - makeZxid(epochB, counterB))).toBe(Math.sign(expected));
      }),
    );
  });

  it('prints as the original names its files', () => {
    expect(formatZxid(makeZxid(1, 0x80))).toBe('100000080');
  });

  it('refuses what it could not hold', () => {
    expect(() => makeZxid(EPOCH_MAX + 1, 0)).toThrow(`epoch ${EPOCH_MAX + 1} is outside 0..${EPOCH_MAX}`);
    expect(() => makeZxid(-1, 0)).toThrow(RangeError);
    expect(() => toZxid(2 ** 53)).toThrow(RangeError);
  });

  it.each(['', 'g', '0x1', '-1', '11111111111111111', 'ffffffffffffffff'])('does not take %j for a zxid', (text) => {
    expect(parseZxid(text)).toBeNull();
  });
});
