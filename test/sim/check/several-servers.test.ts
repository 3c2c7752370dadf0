import { describe, expect, it } from 'vitest';
import { ephemerals } from '../../../src/testing/sim/check/ephemerals.js';
import { freshReads } from '../../../src/testing/sim/check/fresh-reads.js';
import { linearizable } from '../../../src/testing/sim/check/linearizable.js';
import { sessionLives } from '../../../src/testing/sim/check/session-lives.js';
import { writeOrder } from '../../../src/testing/sim/check/write-order.js';
import { finalState, HistoryBuilder, op, sessionOf, stat } from './history-builder.js';

const OLD = { data: 'old', stat: stat({ czxid: 5 }) };
const NEW = { data: 'new', stat: stat({ czxid: 5, mzxid: 6, version: 1 }) };
const END = finalState({ '/data/a': NEW });

/** Client 1 has made a node and changed it; client 2 has been told of nothing. */
function written(): HistoryBuilder {
  return new HistoryBuilder('several').created(1, '/data/a', 'old', 5).did(1, op.set('/data/a', 'new'), NEW);
}

describe('reads of one of several servers', () => {
  it('may be old for who has been told of nothing newer', () => {
    const history = written().did(2, op.get('/data/a'), OLD);
    expect(history.check(freshReads, END)).toEqual([]);
    expect(history.check(linearizable, END)).toEqual([]);
  });

  it('are never older than what their reader was told of', () => {
    const own = written().did(1, op.get('/data/a'), OLD);
    expect(own.check(freshReads, END)).toHaveLength(1);
    const told = written().answer(2, { op: 'exists', zxid: 6 }).did(2, op.get('/data/a'), OLD);
    expect(told.check(freshReads, END)).toHaveLength(1);
  });

  it('show everything that was done before their session asked for a sync', () => {
    const sync = { type: 'sync', path: '/data/a' } as const;
    const synced = written().did(2, sync).did(2, op.get('/data/a'), OLD);
    expect(synced.check(freshReads, END)).toHaveLength(1);
    expect(synced.check(linearizable, END)).toHaveLength(1);
    expect(written().did(2, sync).did(2, op.get('/data/a'), NEW).check(linearizable, END)).toEqual([]);
    const others = written().did(3, sync).did(2, op.get('/data/a'), OLD);
    expect(others.check(freshReads, END)).toEqual([]);
  });

  it('may be as old as the last sync of their session', () => {
    const history = new HistoryBuilder('several').created(1, '/data/a', 'old', 5);
    history.did(2, { type: 'sync', path: '/data/a' }).did(1, op.set('/data/a', 'new'), NEW);
    expect(history.did(2, op.get('/data/a'), OLD).check(linearizable, END)).toEqual([]);
  });
});

describe('writes of several servers', () => {
  it('are done in one order, whoever takes them', () => {
    const made = written().did(2, op.create('/data/b', 'b'), { path: '/data/b', stat: stat({ czxid: 4 }) });
    expect(made.check(writeOrder, END)).toHaveLength(1);
  });
});

describe('sessions at several servers', () => {
  const heard = (what: string): HistoryBuilder =>
    new HistoryBuilder('several').connected(1, 1000).wait(500).answer(1, { op: what, zxid: 1 }).wait(600);
  const expired = (history: HistoryBuilder): HistoryBuilder =>
    history.add({
      kind: 'session',
      client: 1,
      session: sessionOf(1),
      state: 'expired',
      timeoutMs: null,
      reason: 'expired',
    });

  it('last for their timeout from when their leader heard of them', () => {
    expect(expired(heard('setData')).check(sessionLives)).toHaveLength(1);
    expect(expired(heard('ping')).check(sessionLives)).toEqual([]);
  });

  it('take their ephemerals along, for who can know of their end', () => {
    const mine = { data: '', stat: stat({ czxid: 5, ephemeralOwner: sessionOf(1) }) };
    const closed = (): HistoryBuilder => new HistoryBuilder('several').answer(1, { op: 'closeSession', zxid: 6 });
    expect(closed().did(2, op.get('/data/e'), mine).check(ephemerals)).toEqual([]);
    const knows = closed().answer(2, { op: 'exists', zxid: 6 }).did(2, op.get('/data/e'), mine);
    expect(knows.check(ephemerals)).toHaveLength(1);
  });
});
