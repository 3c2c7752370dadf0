import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as sequencer from '../../../src/recipes/support/sequencer.js';
import { contendersOf, parseSequence, sortKey } from '../../../src/recipes/support/sequencer.js';
import type { Place } from '../../../src/recipes/support/sequencer.js';

const LOCK = 'lock-';
const GUIDS = ['510834b4-9fb2-416b-81bc-014582e9376b', 'ffffffff-9fb2-416b-81bc-014582e9376b'];

/** The server's `%010d` of a signed 32-bit counter. */
function suffix(sequence: number): string {
  const digits = Math.abs(sequence).toString();
  return sequence < 0 ? `-${digits.padStart(9, '0')}` : digits.padStart(10, '0');
}

function contender(sequence: number, guid = 0): string {
  return `_c_${GUIDS[guid]}-${LOCK}${suffix(sequence)}`;
}

function inLine(children: readonly string[]): string[] {
  return sequencer.inLine(contendersOf(children, LOCK));
}

function placeOf(own: string, children: readonly string[]): Place {
  return sequencer.placeOf(own, contendersOf(children, LOCK));
}

describe('sort key', () => {
  it('is what follows the last lock name', () => {
    expect(sortKey(contender(7), LOCK)).toBe('0000000007');
    expect(sortKey('lock-lock-0000000007', LOCK)).toBe('0000000007');
  });

  it('is the whole name when the lock name is absent', () => {
    expect(sortKey('somebody', LOCK)).toBe('somebody');
  });

  it('keeps the minus of a suffix after the wrap, though the lock name ends with a dash', () => {
    expect(sortKey(contender(-1), LOCK)).toBe('-000000001');
    expect(sortKey(contender(-2147483648), LOCK)).toBe('-2147483648');
  });
});

describe('sequence numbers', () => {
  it.each([0, 1, 2147483647, -2147483648, -1000000000, -999999999, -1])('reads %i as the server prints it', (n) => {
    expect(parseSequence(suffix(n))).toBe(n);
  });

  it.each(['', '1', '00000000001', '2147483648', '-2147483649', '-00000001', '00000 0001', '0x00000001', '+000000001'])(
    'refuses %j',
    (key) => {
      expect(parseSequence(key)).toBeNull();
    },
  );
});

describe('the line', () => {
  it('orders by sequence, not by name', () => {
    const line = [contender(2, 1), contender(3, 0), contender(1, 1)];
    expect(inLine(line)).toEqual([contender(1, 1), contender(2, 1), contender(3, 0)]);
  });

  it('goes on in order where the 32-bit suffix wraps', () => {
    const ages = [2147483646, 2147483647, -2147483648, -2147483647];
    const shuffled = [ages[2], ages[0], ages[3], ages[1]].map((n) => contender(n ?? 0));
    expect(inLine(shuffled)).toEqual(ages.map((n) => contender(n)));
    expect(placeOf(contender(-2147483648), shuffled)).toEqual({
      kind: 'behind',
      predecessor: contender(2147483647),
      ahead: 2,
    });
  });

  it('goes on in order where the suffix passes zero again', () => {
    expect(inLine([contender(0), contender(-1)])).toEqual([contender(-1), contender(0)]);
  });

  it('lets a foreign child take part as text, as Curator does', () => {
    expect(placeOf(contender(0), ['0', contender(0)])).toMatchObject({ kind: 'behind', predecessor: '0' });
    expect(placeOf(contender(0), ['readme', contender(0)])).toEqual({ kind: 'first' });
  });

  it('does not find a contender that is gone', () => {
    expect(placeOf(contender(4), [contender(3)])).toEqual({ kind: 'missing' });
    expect(placeOf(contender(4), [])).toEqual({ kind: 'missing' });
  });

  it('makes exactly one of any set of contenders the first, wherever the counter stands', () => {
    const start = fc.integer({ min: -2147483648, max: 2147483647 });
    const gaps = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(start, gaps, (first, steps) => {
        const ages = steps.map(
          (
            (at) => (step: number) =>
              (at = (at + step) | 0)
          )(first),
        );
        const line = ages.map((n, i) => contender(n, i % 2));
        const places = line.map((own) => placeOf(own, [...line].reverse()));
        expect(places[0]).toEqual({ kind: 'first' });
        places.slice(1).forEach((place, i) => {
          expect(place).toEqual({ kind: 'behind', predecessor: line[i], ahead: i + 1 });
        });
      }),
    );
  });

  it('never makes two of a pair first, whatever their names', () => {
    const name = fc.oneof(
      fc.string(),
      fc.integer().map((n) => contender(n | 0)),
    );
    fc.assert(
      fc.property(name, name, (a, b) => {
        fc.pre(a !== b && (sequenceGap(a, b) | 0) !== -2147483648);
        expect(inLine([a, b])).toEqual(inLine([b, a]));
      }),
    );
  });
});

/** Two numbers exactly half the circle apart have no order; a line two thousand million long does not occur. */
function sequenceGap(a: string, b: string): number {
  return (parseSequence(sortKey(a, LOCK)) ?? 0) - (parseSequence(sortKey(b, LOCK)) ?? 0);
}
