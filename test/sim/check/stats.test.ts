import { describe, expect, it } from 'vitest';
import { stats } from '../../../src/testing/sim/check/stats.js';
import type { SimStat } from '../../../src/testing/sim/history.js';
import { finalState, HistoryBuilder, stat } from './history-builder.js';

const A = '/data/a';

function told(...looks: (Partial<SimStat> & { czxid: number })[]): HistoryBuilder {
  const history = new HistoryBuilder();
  for (const look of looks) history.answer(1, { op: 'exists', path: A, zxid: 20, stat: stat(look) });
  return history;
}

function messages(history: HistoryBuilder, final = finalState({})): string[] {
  return history.check(stats, final).map(({ message }) => message);
}

describe('stats', () => {
  it('may change as children and writes come', () => {
    const history = told(
      { czxid: 5, ctime: 1, mtime: 1 },
      { czxid: 5, ctime: 1, mtime: 1, pzxid: 6, cversion: 1, numChildren: 1 },
      { czxid: 5, ctime: 1, mtime: 2, mzxid: 7, version: 1, pzxid: 8, cversion: 2, numChildren: 0 },
      { czxid: 9, ctime: 3, mtime: 3 },
    );
    expect(messages(history)).toEqual([]);
  });

  it('are the same to everybody as long as nothing happens, in the end too', () => {
    const history = told({ czxid: 5, ctime: 1, mtime: 1, dataLength: 2 });
    const final = { data: 'v1', stat: stat({ czxid: 5, ctime: 1, mtime: 0, dataLength: 2 }) };
    expect(messages(history, finalState({ [A]: final }))).toEqual([
      "/data/a: client 1's exists and the final state disagree on its mtime: 1 or 0, of one mzxid",
    ]);
    for (const fields of [{ ctime: 1 }, { aversion: 1 }, { version: 1 }, { dataLength: 1 }, { ephemeralOwner: 1n }]) {
      expect(messages(told({ czxid: 5 }, { czxid: 5, ...fields }))).toHaveLength(1);
    }
    expect(messages(told({ czxid: 5, pzxid: 6, cversion: 2 }, { czxid: 5, pzxid: 6, cversion: 4 }))).toHaveLength(1);
  });

  it('count every child that came or went', () => {
    expect(messages(told({ czxid: 5, pzxid: 6, cversion: 2, numChildren: 1 }))).toEqual([
      "/data/a: client 1's exists shows 1 children and cversion 2",
    ]);
    const history = new HistoryBuilder();
    for (const zxid of [6, 7, 8]) {
      const change = { type: 'created', path: `${A}/c${zxid}`, stat: null, isSequential: false } as const;
      history.answer(2, { op: 'create', path: change.path, zxid, changes: [change] });
    }
    const look = { czxid: 5, pzxid: 8, cversion: 1, numChildren: 1 };
    history.answer(1, { op: 'exists', path: A, zxid: 20, stat: stat(look) });
    expect(messages(history)).toEqual([
      "/data/a: at least 3 children came or went up to client 1's exists, but cversion grew by 1",
    ]);
  });

  it('that a multi tells of are of moments that nobody sees', () => {
    const changes = [3, 4].map((version) => {
      const now = stat({ czxid: 5, mzxid: 7, version });
      return { type: 'dataChanged', path: A, stat: now, isSequential: false } as const;
    });
    expect(messages(new HistoryBuilder().answer(1, { op: 'multi', zxid: 7, changes }))).toEqual([]);
  });
});
