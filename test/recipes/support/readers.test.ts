import { describe, expect, it } from 'vitest';
import { EventBuffer } from '../../../src/client/event-buffer.js';
import type { WatchEvent } from '../../../src/client/index.js';
import { Readers } from '../../../src/recipes/support/readers.js';

const CHANGE: WatchEvent = { type: 'dataChanged', path: '/a' };
const END = { done: true, value: undefined };

function readers() {
  const all = new Readers<WatchEvent, EventBuffer>();
  const tell = (): void => {
    for (const feed of all.feeds) feed.push(CHANGE, '/a');
  };
  return { all, tell };
}

describe('readers', () => {
  it('are told what happens until they leave, or their signal aborts', async () => {
    const { all, tell } = readers();
    const controller = new AbortController();
    const [one, two] = [all.join(new EventBuffer(9), undefined), all.join(new EventBuffer(9), controller.signal)];
    tell();
    expect(await one.return?.()).toEqual(END);
    tell();
    const waiting = (async () => [await two.next(), await two.next(), await two.next()])();
    controller.abort();
    expect(await waiting).toEqual([{ done: false, value: CHANGE }, { done: false, value: CHANGE }, END]);
    tell();
    expect([...all.feeds]).toEqual([]);
    expect(await two.next()).toEqual(END);
  });

  it('read what is there when all is over, and who comes later finds nothing', async () => {
    const { all, tell } = readers();
    const reader = all.join(new EventBuffer(9), undefined);
    tell();
    all.end();
    expect([await reader.next(), await reader.next()]).toEqual([{ done: false, value: CHANGE }, END]);
    expect(await all.join(new EventBuffer(9), undefined).next()).toEqual(END);
    expect(await all.join(new EventBuffer(9), AbortSignal.abort()).next()).toEqual(END);
  });
});
