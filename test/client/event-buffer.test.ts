import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventBuffer } from '../../src/client/event-buffer.js';
import { Fifo } from '../../src/runtime/fifo.js';
import type { WatchEvent } from '../../src/client/index.js';

const changed = (path: string): WatchEvent => ({ type: 'dataChanged', path });

async function read(buffer: EventBuffer): Promise<string[]> {
  buffer.end();
  const found: string[] = [];
  for (let next = await buffer.next(); next.done !== true; next = await buffer.next()) {
    found.push(`${next.value.type} ${next.value.path}`);
  }
  return found;
}

describe('an event buffer', () => {
  it('keeps events for a reader who comes later, and wakes one who waits', async () => {
    const buffer = new EventBuffer(10);
    buffer.push(changed('/a'), '/w');
    expect(await buffer.next()).toEqual({ done: false, value: changed('/a') });
    const waiting = [buffer.next(), buffer.next()];
    buffer.push(changed('/b'), '/w');
    buffer.end();
    expect(await Promise.all(waiting)).toEqual([
      { done: false, value: changed('/b') },
      { done: true, value: undefined },
    ]);
    buffer.push(changed('/c'), '/w');
    expect(await buffer.next()).toEqual({ done: true, value: undefined });
  });

  it('replaces by a resync what it has no room for', async () => {
    const buffer = new EventBuffer(3);
    for (const path of ['/a', '/b', '/c', '/d', '/e']) buffer.push(changed(path), '/w');
    expect(await read(buffer)).toEqual(['resync /w', 'dataChanged /e']);
  });

  it('drops what a resync makes moot', async () => {
    const buffer = new EventBuffer(10);
    buffer.push(changed('/a'), '/w');
    buffer.push({ type: 'resync', path: '/w' }, '/w');
    buffer.push(changed('/b'), '/w');
    expect(await read(buffer)).toEqual(['resync /w', 'dataChanged /b']);
  });

  it.each(['sessionLost', 'closed'] as const)('tells %s even if it has no room for it', async (type) => {
    const buffer = new EventBuffer(2);
    for (const path of ['/a', '/b']) buffer.push(changed(path), '/w');
    buffer.push({ type, path: '/w' }, '/w');
    expect(await read(buffer)).toEqual(['resync /w', `${type} /w`]);
  });

  it('never holds more than its bound, and never loses an event without saying so', async () => {
    const steps = fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant('push') }, fc.constant('read')));
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 5 }), async (moves, eventsMax) => {
        const buffer = new EventBuffer(eventsMax);
        let pushed = 0;
        let expected = 0;
        let held = 0;
        for (const move of moves) {
          if (move === 'push') {
            buffer.push(changed(`/${pushed++}`), '/w');
            held = held === eventsMax ? 1 : held + 1;
          } else if (held > 0) {
            held--;
            const { value } = await buffer.next();
            if (value?.type === 'resync') expected = -1;
            else if (expected >= 0) expect(value?.path).toBe(`/${expected++}`);
          }
        }
        expect(await read(buffer)).toHaveLength(held);
      }),
    );
  });
});

describe('a fifo', () => {
  it('does what an array would', () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ do: fc.constant('push' as const), item: fc.integer() }) },
      { weight: 4, arbitrary: fc.record({ do: fc.constant('shift' as const) }) },
      fc.record({ do: fc.constantFrom('drain' as const, 'retain' as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const fifo = new Fifo<number>();
        let model: number[] = [];
        for (const each of steps) {
          if (each.do === 'push') {
            fifo.push(each.item);
            model.push(each.item);
          } else if (each.do === 'shift') expect(fifo.shift()).toBe(model.shift());
          else if (each.do === 'drain') expect(fifo.drain()).toEqual(model.splice(0));
          else {
            fifo.retain((item) => item % 2 === 0);
            model = model.filter((item) => item % 2 === 0);
          }
          expect(fifo.length).toBe(model.length);
          expect(fifo.peek()).toBe(model[0]);
        }
      }),
    );
  });

  it('gives memory back while it is never empty', () => {
    const fifo = new Fifo<number>();
    let sum = 0;
    for (let i = 0; i < 100_000; i++) {
      fifo.push(i);
      if (i > 10) sum += (fifo.shift() ?? 0) - (i - 11);
    }
    expect(sum).toBe(0);
    expect(fifo.length).toBe(11);
  });
});
