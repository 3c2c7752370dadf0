import { describe, expect, it } from 'vitest';
import { contenders } from '../../../src/testing/sim/check/contenders.js';
import { ephemerals } from '../../../src/testing/sim/check/ephemerals.js';
import { sequenceSuffixes } from '../../../src/testing/sim/check/sequence-suffixes.js';
import { sessionLives } from '../../../src/testing/sim/check/session-lives.js';
import { finalState, HistoryBuilder, op, sessionOf, stat } from './history-builder.js';

const MINE = stat({ czxid: 5, ephemeralOwner: sessionOf(1) });

function expired(history: HistoryBuilder, reason = 'expired'): HistoryBuilder {
  const session = sessionOf(1);
  return history.add({ kind: 'session', client: 1, session, state: 'expired', timeoutMs: null, reason });
}

describe('lives of sessions', () => {
  const heard = (): HistoryBuilder => new HistoryBuilder().connected(1, 1000).answer(1, { op: 'ping', zxid: 1 });

  it('accepts an expiry after the timeout, and finds one before', () => {
    expect(expired(heard().wait(1000)).check(sessionLives)).toEqual([]);
    expect(expired(heard().wait(500)).check(sessionLives)[0]?.message).toContain('had expired 50');
  });

  it("does not hold a client's own impatience against the server", () => {
    expect(expired(heard().wait(500), 'silence').check(sessionLives)).toEqual([]);
  });

  it('finds a session that is served, or lives, when it is over', () => {
    const history = expired(heard().wait(1000));
    expect(history.check(sessionLives, finalState({}, [sessionOf(1)]))).toHaveLength(1);
    expect(history.wait(1).answer(1, { op: 'ping', zxid: 1 }).check(sessionLives)).toHaveLength(1);
  });
});

describe('ephemerals', () => {
  it('finds one in the final state whose session is over', () => {
    const final = { '/data/e': { data: null, stat: MINE } };
    const history = new HistoryBuilder();
    expect(history.check(ephemerals, finalState(final, [sessionOf(1)]))).toEqual([]);
    expect(history.check(ephemerals, finalState(final))).toHaveLength(1);
  });

  it('finds one that is seen after its session was closed', () => {
    const history = new HistoryBuilder().answer(1, { op: 'closeSession', zxid: 6 });
    history.did(2, op.get('/data/e'), { data: '', stat: MINE });
    expect(history.check(ephemerals)).toHaveLength(1);
  });
});

describe('contenders', () => {
  const final = finalState({ '/locks/a/lock-0': { data: null, stat: MINE } }, [sessionOf(1)]);

  it('finds one of a living client, and none of a dead one or of a session given up', () => {
    expect(new HistoryBuilder().connected(1).check(contenders, final)).toHaveLength(1);
    expect(new HistoryBuilder().connected(1).add({ kind: 'death', client: 1 }).check(contenders, final)).toEqual([]);
    expect(expired(new HistoryBuilder().connected(1), 'silence').check(contenders, final)).toEqual([]);
  });
});

describe('sequence suffixes', () => {
  const make = (history: HistoryBuilder, name: string, czxid: number): HistoryBuilder => {
    const path = `/data/p/${name}`;
    return history.did(1, op.sequential('/data/p/s', `${czxid}`), { path, stat: stat({ czxid }) });
  };

  it('accepts suffixes that grow, and finds those that do not', () => {
    const history = make(make(new HistoryBuilder(), 's0000000003', 5), 's0000000004', 6);
    expect(history.check(sequenceSuffixes)).toEqual([]);
    expect(make(history, 's0000000004', 7).check(sequenceSuffixes)).toHaveLength(1);
  });

  it('lets a new parent begin again', () => {
    const history = make(new HistoryBuilder(), 's0000000003', 5).created(1, '/data/p', 'new', 6);
    expect(make(history, 's0000000000', 7).check(sequenceSuffixes)).toEqual([]);
  });
});
