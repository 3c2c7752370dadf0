import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Slabs } from '../../../src/server/tree/slabs.js';

const CHUNK_BYTES = 1 << 20;

interface Held {
  readonly ref: number;
  readonly bytes: number;
  readonly mark: number;
}

function fill(slabs: Slabs, { ref, bytes, mark }: Held): void {
  slabs.bytes(ref).fill(mark, slabs.offset(ref), slabs.offset(ref) + bytes);
}

function isIntact(slabs: Slabs, { ref, bytes, mark }: Held): boolean {
  return slabs
    .bytes(ref)
    .subarray(slabs.offset(ref), slabs.offset(ref) + bytes)
    .every((byte) => byte === mark);
}

const size = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 4, max: 300 }) },
  { weight: 2, arbitrary: fc.integer({ min: 300, max: 5000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 30_000, max: 40_000 }) },
);

describe('slabs', () => {
  it('give blocks that do not overlap, and take everything back', () => {
    const step = fc.oneof(size, fc.record({ free: fc.nat() }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300, size: 'max' }), (steps) => {
        const slabs = new Slabs();
        const held: Held[] = [];
        steps.forEach((what, index) => {
          if (typeof what === 'number') {
            const block = { ref: slabs.allocate(what), bytes: what, mark: index & 0xff };
            fill(slabs, block);
            held.push(block);
          } else if (held.length > 0) {
            const [block] = held.splice(what.free % held.length, 1);
            expect(isIntact(slabs, block!)).toBe(true);
            slabs.free(block!.ref);
          }
        });
        expect(held.filter((block) => !isIntact(slabs, block))).toEqual([]);
        for (const { ref } of held) slabs.free(ref);
        expect(slabs.usedBytes).toBe(0);
      }),
      { numRuns: 40 },
    );
  });

  it('give the memory of many nodes back when they are gone', () => {
    const slabs = new Slabs();
    const refs = Array.from({ length: 50_000 }, (_, i) => slabs.allocate(100 + (i % 200)));
    expect(slabs.heldBytes).toBeGreaterThan(8 * CHUNK_BYTES);
    for (const ref of refs) slabs.free(ref);
    expect(slabs.usedBytes).toBe(0);
    expect(slabs.heldBytes).toBeLessThanOrEqual(2 * CHUNK_BYTES);
  });

  it('use the memory of one size for another', () => {
    const slabs = new Slabs();
    const small = Array.from({ length: 10_000 }, () => slabs.allocate(80));
    const before = slabs.heldBytes;
    for (const ref of small) slabs.free(ref);
    for (let i = 0; i < 1000; i++) slabs.allocate(700);
    expect(slabs.heldBytes).toBeLessThanOrEqual(before);
  });

  it('round a size up by an eighth at most', () => {
    for (let bytes = 64; bytes <= 32_768; bytes += 7) {
      const slabs = new Slabs();
      slabs.allocate(bytes);
      expect(slabs.usedBytes).toBeLessThanOrEqual(Math.max(bytes + 7, Math.ceil(bytes * 1.125) + 8));
    }
  });

  it('tell whether a block is the right one for a size', () => {
    const slabs = new Slabs();
    const ref = slabs.allocate(100);
    expect([97, 100, 104, 105, 96, 100_000].map((bytes) => slabs.fits(ref, bytes))).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
    const big = slabs.allocate(100_000);
    expect([100_000, 99_999, 100].map((bytes) => slabs.fits(big, bytes))).toEqual([true, false, false]);
    expect(slabs.offset(big)).toBe(0);
    slabs.free(big);
    expect(slabs.allocate(50_000)).toBe(big);
  });
});
