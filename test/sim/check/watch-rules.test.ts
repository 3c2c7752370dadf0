import { describe, expect, it } from 'vitest';
import { AddWatchMode, EventType } from '../../../src/protocol/event.js';
import { watchHandles } from '../../../src/testing/sim/check/watch-handles.js';
import { wireWatches } from '../../../src/testing/sim/check/wire-watches.js';
import type { Rewatched, SimWatchType } from '../../../src/testing/sim/history.js';
import { HistoryBuilder, op, sessionOf, stat } from './history-builder.js';

const A = '/data/a';
const NONODE = -101;

const rewatched = (lists: Partial<Rewatched>): Rewatched => {
  return { sinceZxid: 5, data: [], exists: [], children: [], persistent: [], recursive: [], ...lists };
};

/** Client 2 sets A by this zxid. */
function changed(history: HistoryBuilder, zxid: number): HistoryBuilder {
  const now = stat({ czxid: 1, mzxid: zxid, version: zxid });
  return history.answer(2, {
    op: 'setData',
    path: A,
    zxid,
    changes: [{ type: 'dataChanged', path: A, stat: now, isSequential: false }],
  });
}

function made(history: HistoryBuilder, path: string, czxid: number): HistoryBuilder {
  return history.answer(2, {
    op: 'create2',
    path,
    zxid: czxid,
    changes: [{ type: 'created', path, stat: stat({ czxid }), isSequential: false }],
  });
}

/** Client 1 watches A as of zxid 5. */
function watching(): HistoryBuilder {
  return new HistoryBuilder().answer(1, { op: 'getData', path: A, watch: true, zxid: 5, stat: stat({ czxid: 1 }) });
}

function rulesOf(history: HistoryBuilder): string[] {
  return history.check(wireWatches).map(({ rule }) => rule);
}

describe('watches on the wire', () => {
  it('accepts an event that comes before any answer that knows of the change', () => {
    const history = changed(watching(), 6).event(1, { type: EventType.nodeDataChanged, path: A, zxid: 6 });
    expect(rulesOf(history.answer(1, { op: 'ping', zxid: 6 }))).toEqual([]);
  });

  it('finds an answer that comes before the event, whatever it is about', () => {
    const history = changed(watching(), 6).answer(1, { op: 'getData', path: '/data/other', zxid: 6 });
    history.event(1, { type: EventType.nodeDataChanged, path: A, zxid: 6 }).answer(1, { op: 'ping', zxid: 6 });
    expect(rulesOf(history)).toContain('watch-before-data');
  });

  it('says nothing as long as the client knows no better', () => {
    expect(rulesOf(changed(watching(), 6).answer(1, { op: 'ping', zxid: 5 }))).toEqual([]);
  });

  it('finds an event that nobody waits for, and a second one', () => {
    const fire = { type: EventType.nodeDataChanged, path: A, zxid: 6 };
    const history = changed(watching(), 6).event(1, fire).event(1, fire).answer(1, { op: 'ping', zxid: 6 });
    expect(rulesOf(history)).toEqual(['watch-once']);
  });

  it('forgets watches that were removed', () => {
    const history = watching().answer(1, { op: 'removeWatches', path: A, watchMode: 2, zxid: 5 });
    expect(rulesOf(changed(history, 6).answer(1, { op: 'ping', zxid: 6 }))).toEqual([]);
  });

  it('wants children watches to tell of children', () => {
    const history = new HistoryBuilder();
    history.answer(1, { op: 'getChildren2', path: '/data', watch: true, zxid: 5, stat: stat({ czxid: 1 }) });
    made(history, '/data/new', 6).answer(1, { op: 'ping', zxid: 6 });
    expect(rulesOf(history)).toEqual(['watch-before-data']);
  });

  it('wants a setWatches to catch up before it is answered', () => {
    const again = { op: 'setWatches', zxid: 6, rewatched: rewatched({ data: [A] }) };
    const missed = changed(new HistoryBuilder(), 6).answer(1, again);
    expect(rulesOf(missed)).toEqual(['watch-before-data']);
    const told = changed(new HistoryBuilder(), 6).event(1, { type: EventType.nodeDataChanged, path: A, zxid: -1 });
    expect(rulesOf(told.answer(1, again))).toEqual([]);
  });

  it('does not ask for a node that came and went while the client was away', () => {
    const history = made(new HistoryBuilder(), A, 6);
    history.answer(2, {
      op: 'delete',
      path: A,
      zxid: 7,
      changes: [{ type: 'deleted', path: A, stat: null, isSequential: false }],
    });
    history.answer(1, { op: 'setWatches', zxid: 7, rewatched: rewatched({ exists: [A] }) });
    expect(rulesOf(history)).toEqual([]);
    made(history, A, 8).answer(1, { op: 'ping', zxid: 8 });
    expect(rulesOf(history)).toEqual(['watch-before-data']);
  });

  it('takes an exists that finds nothing for a watch as well', () => {
    const history = new HistoryBuilder().answer(1, { op: 'exists', path: A, watch: true, zxid: 5, rc: NONODE });
    expect(rulesOf(made(history, A, 6).answer(1, { op: 'ping', zxid: 6 }))).toEqual(['watch-before-data']);
  });
});

describe('standing watches on the wire', () => {
  const CHILD = '/data/a/c';
  const added = (path: string, watchMode: number, history = new HistoryBuilder()): HistoryBuilder =>
    history.answer(1, { op: 'addWatch', path, watchMode, zxid: 5 });
  const { persistent, persistentRecursive } = AddWatchMode;
  const { nodeCreated, nodeChildrenChanged, nodeDataChanged, nodeDeleted } = EventType;
  const told = (history: HistoryBuilder, ...events: readonly [type: number, path: string, zxid: number][]) => {
    for (const [type, path, zxid] of events) history.event(1, { type, path, zxid });
    return history.answer(1, { op: 'ping', zxid: 9 });
  };

  it('report as often as there are changes, each before any answer that knows of it', () => {
    for (const mode of [persistent, persistentRecursive]) {
      const seen = changed(changed(added(A, mode), 6), 7);
      expect(rulesOf(told(seen, [nodeDataChanged, A, 6], [nodeDataChanged, A, 7]))).toEqual([]);
      const unseen = changed(changed(added(A, mode), 6), 7);
      expect(rulesOf(told(unseen, [nodeDataChanged, A, 6]))).toEqual(['watch-before-data']);
    }
  });

  it('tell of children as such, or of all that lies below', () => {
    const children: [number, string, number] = [nodeChildrenChanged, A, 6];
    const below: [number, string, number] = [nodeCreated, CHILD, 6];
    expect(rulesOf(told(made(added(A, persistent), CHILD, 6), children))).toEqual([]);
    expect(rulesOf(told(made(added(A, persistentRecursive), CHILD, 6), below))).toEqual([]);
    expect(rulesOf(told(made(added(A, persistent), CHILD, 6)))).toEqual(['watch-before-data']);
    expect(rulesOf(told(made(added('/data', persistentRecursive), CHILD, 6)))).toEqual(['watch-before-data']);
  });

  it('tell of nothing else', () => {
    const below: [number, string, number] = [nodeCreated, CHILD, 6];
    const children: [number, string, number] = [nodeChildrenChanged, A, 6];
    expect(rulesOf(told(made(added(A, persistent), CHILD, 6), children, below))).toEqual(['watch-once']);
    expect(rulesOf(told(made(added(A, persistentRecursive), CHILD, 6), below, children))).toEqual(['watch-once']);
    expect(rulesOf(told(added(A, persistentRecursive), [nodeDeleted, '/data/b', 6]))).toEqual(['watch-once']);
  });

  it('owe nothing from before they were set, nor once they were removed', () => {
    expect(rulesOf(told(added(A, persistent, changed(new HistoryBuilder(), 5))))).toEqual([]);
    const removed = added(A, persistent).answer(1, { op: 'removeWatches', path: A, watchMode: 4, zxid: 5 });
    expect(rulesOf(told(changed(removed, 6)))).toEqual([]);
  });

  it('are set again with a new connection, and then owe what comes', () => {
    const again = { op: 'setWatches2', zxid: 6, rewatched: rewatched({ recursive: ['/data'] }) };
    const history = changed(new HistoryBuilder(), 6).answer(1, again);
    expect(rulesOf(told(changed(history, 7)))).toEqual(['watch-before-data']);
  });

  it('stand aside while a setWatches tells of what was missed', () => {
    const history = changed(added('/data', persistentRecursive), 6);
    history.event(1, { type: nodeDataChanged, path: A, zxid: 6 });
    history.event(1, { type: nodeDataChanged, path: A, zxid: -1 });
    history.answer(1, { op: 'setWatches', zxid: 6, rewatched: rewatched({ data: [A] }) });
    expect(rulesOf(history)).toEqual([]);
  });
});

describe('watch handles', () => {
  const told = (history: HistoryBuilder, type: SimWatchType, watch = 7): HistoryBuilder =>
    history.add({ kind: 'watch', client: 1, session: sessionOf(1), watch, type, path: A, zxid: null });
  const left = (): HistoryBuilder => {
    const history = new HistoryBuilder().created(2, A, 'x', 5);
    history.did(1, op.get(A, 7), { data: 'x', stat: stat({ czxid: 5 }) });
    return history.did(2, op.set(A, 'y'), { stat: stat({ czxid: 5, mzxid: 6, version: 1 }) });
  };
  const rules = (history: HistoryBuilder): string[] => history.check(watchHandles).map(({ rule }) => rule);

  it('accepts one event before the first answer that knows of the change', () => {
    expect(rules(told(left(), 'dataChanged').did(1, op.get('/data/b')))).toEqual([]);
  });

  it('finds a watch that never reports, though its client goes on', () => {
    expect(rules(left().did(1, op.get('/data/b')))).toEqual(['watch-lost']);
  });

  it('finds a watch that reports twice', () => {
    expect(rules(told(told(left(), 'dataChanged'), 'dataChanged'))).toEqual(['watch-once']);
  });

  it('takes the end of the session for a report', () => {
    expect(rules(told(left(), 'sessionLost').did(1, op.get('/data/b')))).toEqual([]);
  });

  it('does not ask for what came and went while its client was away', () => {
    const history = new HistoryBuilder().did(1, op.exists(A, 7)).created(2, A, 'x', 5);
    const away = { kind: 'session', client: 1, session: sessionOf(1), state: 'disconnected' } as const;
    history.add({ ...away, timeoutMs: null, reason: null }).did(1, op.get('/data/b'));
    expect(rules(history)).toEqual([]);
  });
});
