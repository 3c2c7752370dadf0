import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fifo } from '../../src/runtime/fifo.js';

describe('a line', () => {
  it('gives back what was put in, in order, whatever is done to it', () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant('push' as const), count: fc.integer({ min: 1, max: 40 }) }) },
      {
        weight: 5,
        arbitrary: fc.record({ do: fc.constant('shift' as const), count: fc.integer({ min: 1, max: 40 }) }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ do: fc.constant('retain' as const), count: fc.integer({ min: 2, max: 5 }) }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('drain' as const), count: fc.constant(0) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const line = new Fifo<number>();
        let model: number[] = [];
        let next = 0;
        for (const { do: what, count } of steps) {
          if (what === 'drain') {
            expect(line.drain()).toEqual(model);
            model = [];
          } else if (what === 'retain') {
            line.retain((item) => item % count === 0);
            model = model.filter((item) => item % count === 0);
          } else {
            for (let i = 0; i < count; i++) {
              if (what === 'push') {
                line.push(next);
                model.push(next++);
              } else {
                expect(line.shift()).toBe(model.shift());
              }
            }
          }
          expect(line.length).toBe(model.length);
          expect(line.peek()).toBe(model[0]);
        }
        expect(line.drain()).toEqual(model);
      }),
    );
  });

  it('gives the memory of a long line back once it is empty', () => {
    const line = new Fifo<number>();
    for (let i = 0; i < 5000; i++) line.push(i);
    expect((line as unknown as { ring: unknown[] }).ring).toHaveLength(8192);
    while (line.shift() !== undefined);
    expect((line as unknown as { ring: unknown[] }).ring).toHaveLength(0);
  });
});
