import { describe, expect, it } from 'vitest';
import { Latest } from '../../../src/recipes/support/latest.js';

describe('the newest of a value', () => {
  it('is told at once, then after each change', async () => {
    const latest = new Latest(1);
    const reader = latest[Symbol.asyncIterator]();
    expect(await reader.next()).toEqual({ done: false, value: 1 });
    const next = reader.next();
    latest.set(2);
    expect(await next).toEqual({ done: false, value: 2 });
  });

  it('skips what a slow reader misses, and never the last', async () => {
    const latest = new Latest('a');
    const reader = latest[Symbol.asyncIterator]();
    await reader.next();
    for (const value of ['b', 'c', 'd']) latest.set(value);
    latest.end();
    expect(await reader.next()).toEqual({ done: false, value: 'd' });
    expect(await reader.next()).toEqual({ done: true, value: undefined });
    latest.set('e');
    expect(latest.value).toBe('d');
  });

  it('is no change when set to what it is', async () => {
    const latest = new Latest(1);
    const reader = latest[Symbol.asyncIterator]();
    await reader.next();
    let hasMoved = false;
    const next = reader.next().then(() => (hasMoved = true));
    latest.set(1);
    await Promise.resolve();
    await Promise.resolve();
    expect(hasMoved).toBe(false);
    latest.end();
    await next;
  });

  it('lets go of a reader whose signal aborts, and of one that breaks off', async () => {
    const latest = new Latest(1);
    const abort = new AbortController();
    const seen: number[] = [];
    const following = (async () => {
      for await (const value of latest.changes({ signal: abort.signal })) seen.push(value);
    })();
    for await (const value of latest) {
      seen.push(value);
      break;
    }
    abort.abort();
    await following;
    latest.set(2);
    expect(seen).toEqual([1, 1]);
  });

  it('tells a change that comes between two readings of the same reader', async () => {
    const latest = new Latest(1);
    const reader = latest[Symbol.asyncIterator]();
    await reader.next();
    latest.set(2);
    latest.set(1);
    latest.set(3);
    expect(await reader.next()).toEqual({ done: false, value: 3 });
  });
});
