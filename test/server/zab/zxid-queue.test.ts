import { expect, it } from 'vitest';
import type { Zxid } from '../../../src/protocol/zxid.js';
import { ZxidQueue } from '../../../src/server/zab/zxid-queue.js';
import { SeededRandom } from '../../support/seeded-random.js';

it('is a queue, however it grows and wraps', () => {
  const random = new SeededRandom(3);
  const queue = new ZxidQueue();
  const model: number[] = [];
  for (let step = 0; step < 20_000; step++) {
    if (random.chance(0.52)) {
      queue.push((2 ** 50 + step) as Zxid);
      model.push(2 ** 50 + step);
    } else if (model.length > 0) {
      queue.shift();
      model.shift();
    }
    if (random.chance(0.0005)) {
      queue.clear();
      model.length = 0;
    }
    expect([queue.size, queue.peek()]).toEqual([model.length, model[0]]);
  }
});

it('has no first item when it is empty', () => {
  const queue = new ZxidQueue();
  expect(queue.peek()).toBeUndefined();
  expect(() => queue.shift()).toThrow(RangeError);
});
