import { describe, expect, it } from 'vitest';
import { agreement } from '../../../src/testing/sim/check/agreement.js';
import { freshReads } from '../../../src/testing/sim/check/fresh-reads.js';
import { origins } from '../../../src/testing/sim/check/origins.js';
import { ownOrder } from '../../../src/testing/sim/check/own-order.js';
import { survival } from '../../../src/testing/sim/check/survival.js';
import { writeOrder } from '../../../src/testing/sim/check/write-order.js';
import type { Violation } from '../../../src/testing/sim/history.js';
import { finalState, HistoryBuilder, op, sessionOf, stat } from './history-builder.js';

const NONODE = -101;

function messages(violations: readonly Violation[]): string {
  return violations.map(({ rule, message }) => `${rule}: ${message}`).join('\n');
}

describe('survival', () => {
  it('accepts a final state that has all that was acknowledged, or what came later', () => {
    const history = new HistoryBuilder().created(1, '/data/a', 'v1', 5).created(1, '/data/b', 'v2', 6);
    const final = finalState({
      '/data/a': { data: 'v1', stat: stat({ czxid: 5 }) },
      '/data/b': { data: 'v9', stat: stat({ czxid: 6, mzxid: 9, version: 1 }) },
    });
    expect(history.check(survival, final)).toEqual([]);
  });

  it('misses an acknowledged node, and an acknowledged change', () => {
    const history = new HistoryBuilder().created(1, '/data/a', 'v1', 5).created(1, '/data/b', 'v2', 6);
    history.did(1, op.set('/data/b', 'v3'), { stat: stat({ czxid: 6, mzxid: 7, version: 1 }) });
    const final = finalState({ '/data/b': { data: 'v2', stat: stat({ czxid: 6 }) } });
    expect(messages(history.check(survival, final))).toBe(
      'survival: the final state lacks /data/a, which was created by zxid 5\n' +
        'survival: the final state has /data/b as of zxid 6, but zxid 7 came later: dataChanged',
    );
  });

  it('takes an unanswered delete for the reason why a node is missing', () => {
    const history = new HistoryBuilder().created(1, '/data/a', 'v1', 5);
    history.unknown(history.invoke(2, op.delete('/data/a')));
    expect(history.check(survival)).toEqual([]);
  });

  it('misses an ephemeral of a session that lives, and not one of a session that is over', () => {
    const history = new HistoryBuilder();
    const told = { path: '/data/e', stat: stat({ czxid: 5, ephemeralOwner: sessionOf(1) }) };
    history.connected(1).did(1, op.ephemeral('/data/e', 'v1'), told);
    expect(history.check(survival, finalState({}))).toEqual([]);
    expect(messages(history.check(survival, finalState({}, [sessionOf(1)])))).toContain('lacks /data/e');
  });

  it('finds a deleted node that is back', () => {
    const history = new HistoryBuilder().created(1, '/data/a', 'v1', 5);
    history.answer(1, {
      op: 'delete',
      path: '/data/a',
      zxid: 6,
      changes: [{ type: 'deleted', path: '/data/a', stat: null, isSequential: false }],
    });
    const final = finalState({ '/data/a': { data: 'v1', stat: stat({ czxid: 5 }) } });
    expect(messages(history.check(survival, final))).toContain(
      'has /data/a as created by zxid 5, but zxid 6 deleted it',
    );
  });

  it('finds a count of children that is wrong', () => {
    const final = finalState({ '/data': { data: null, stat: stat({ czxid: 1, numChildren: 2 }) } });
    expect(messages(new HistoryBuilder().check(survival, final))).toContain('counts 2 children of /data, and has 0');
  });

  it('wants all of an unanswered multi of which one part was seen', () => {
    const history = new HistoryBuilder().created(1, '/data/a', 'v1', 5).created(1, '/data/b', 'v2', 6);
    const parts = [
      { type: 'setData', path: '/data/a', data: 'm1', version: -1 },
      { type: 'setData', path: '/data/b', data: 'm2', version: -1 },
    ] as const;
    history.unknown(history.invoke(1, { type: 'multi', parts }));
    const a = { data: 'm1', stat: stat({ czxid: 5, mzxid: 8, version: 1 }) };
    history.did(2, op.get('/data/a'), a);
    const final = finalState({ '/data/a': a, '/data/b': { data: 'v2', stat: stat({ czxid: 6 }) } });
    expect(messages(history.check(survival, final))).toContain('has /data/b as of zxid 6, but zxid 8 came later');
  });
});

describe('fresh reads', () => {
  it('accepts a read that shows what was acknowledged before it, and one that was on its way meanwhile', () => {
    const history = new HistoryBuilder().created(1, '/data/a', 'v1', 5);
    const early = history.invoke(2, op.get('/data/a'));
    history.did(1, op.set('/data/a', 'v2'), { stat: stat({ czxid: 5, mzxid: 6, version: 1 }) });
    history.ok(early, { data: 'v1', stat: stat({ czxid: 5 }) });
    history.did(2, op.get('/data/a'), { data: 'v2', stat: stat({ czxid: 5, mzxid: 6, version: 1 }) });
    expect(history.check(freshReads)).toEqual([]);
  });

  it('finds a read that is older than what another client was told before', () => {
    const history = new HistoryBuilder().created(1, '/data/a', 'v1', 5);
    history.did(1, op.set('/data/a', 'v2'), { stat: stat({ czxid: 5, mzxid: 6, version: 1 }) });
    history.did(2, op.get('/data/a'), { data: 'v1', stat: stat({ czxid: 5 }) });
    expect(messages(history.check(freshReads))).toContain(
      'shows /data/a as of zxid 5, but it was dataChanged by zxid 6',
    );
  });

  it('finds a node that is missing though nobody removed it', () => {
    const history = new HistoryBuilder().created(1, '/data/a', 'v1', 5);
    history.refused(history.invoke(2, op.get('/data/a')), NONODE);
    expect(messages(history.check(freshReads))).toContain('misses /data/a');
  });

  it('finds a child that is missing from its list, and one that should be', () => {
    const history = new HistoryBuilder().created(1, '/data', '', 4).created(1, '/data/a', 'v1', 5);
    history.did(2, op.children('/data'), { children: [], stat: stat({ czxid: 4, pzxid: 5 }) });
    expect(messages(history.check(freshReads))).toContain('misses /data/a');
  });

  it('finds an ephemeral that went while its session lived, and accepts one whose session fell silent', () => {
    const gone = (silence: number, lives: boolean): Violation[] => {
      const history = new HistoryBuilder().connected(1, 1000);
      const told = { path: '/data/e', stat: stat({ czxid: 5, ephemeralOwner: sessionOf(1) }) };
      history.did(1, op.ephemeral('/data/e', 'v1'), told).wait(silence);
      history.did(2, op.exists('/data/e'));
      if (lives) history.did(1, op.exists('/data/x'));
      return history.check(freshReads);
    };
    expect(gone(2000, false)).toEqual([]);
    expect(messages(gone(2000, true))).toContain('misses /data/e');
    expect(messages(gone(500, false))).toContain('misses /data/e');
  });
});

describe('own order', () => {
  it('finds a read that overtook a write made before it, though neither was answered then', () => {
    const history = new HistoryBuilder().created(1, '/data/a', 'v1', 5);
    const write = history.invoke(1, op.set('/data/a', 'v2'));
    const read = history.invoke(1, op.get('/data/a'));
    history.ok(write, { stat: stat({ czxid: 5, mzxid: 6, version: 1 }) });
    history.ok(read, { data: 'v1', stat: stat({ czxid: 5 }) });
    expect(messages(history.check(ownOrder))).toContain('shows /data/a as of zxid 5');
    expect(history.check(freshReads)).toEqual([]);
  });

  it('lets another client read what it likes of a write that is under way', () => {
    const history = new HistoryBuilder().created(1, '/data/a', 'v1', 5);
    const write = history.invoke(1, op.set('/data/a', 'v2'));
    const read = history.invoke(2, op.get('/data/a'));
    history.ok(write, { stat: stat({ czxid: 5, mzxid: 6, version: 1 }) });
    history.ok(read, { data: 'v1', stat: stat({ czxid: 5 }) });
    expect(history.check(ownOrder)).toEqual([]);
  });

  it('finds writes that were done in another order than they were made', () => {
    const history = new HistoryBuilder();
    const [first, second] = [
      history.invoke(1, op.create('/data/a', 'x')),
      history.invoke(1, op.create('/data/b', 'y')),
    ];
    history.ok(first, { path: '/data/a', stat: stat({ czxid: 9 }) });
    history.ok(second, { path: '/data/b', stat: stat({ czxid: 8 }) });
    expect(messages(history.check(ownOrder))).toContain('has zxid 8, but an earlier call of its session showed 9');
  });
});

describe('write order', () => {
  it('finds a zxid that was given out twice', () => {
    const history = new HistoryBuilder();
    const calls = [history.invoke(1, op.create('/data/a', 'x')), history.invoke(2, op.create('/data/b', 'y'))];
    history.ok(calls[0] as number, { path: '/data/a', stat: stat({ czxid: 5 }) });
    history.ok(calls[1] as number, { path: '/data/b', stat: stat({ czxid: 5 }) });
    expect(messages(history.check(writeOrder))).toContain('has zxid 5, as has call 0');
  });

  it('finds a write with an older zxid than was known when it was made', () => {
    const history = new HistoryBuilder().created(1, '/data/a', 'x', 9).created(2, '/data/b', 'y', 8);
    expect(messages(history.check(writeOrder))).toContain('has zxid 8, but 9 was known of before it was made');
  });

  it('finds a version that was not the asked one', () => {
    const history = new HistoryBuilder().created(1, '/data/a', 'x', 5);
    history.did(2, op.set('/data/a', 'y', 0), { stat: stat({ czxid: 5, mzxid: 7, version: 2 }) });
    expect(messages(history.check(writeOrder))).toContain('asked for version 0 of /data/a and made version 2');
  });
});

describe('agreement', () => {
  it('finds two who saw one transaction differently', () => {
    const history = new HistoryBuilder().created(1, '/data/a', 'x', 5);
    history.did(2, op.get('/data/a'), { data: 'z', stat: stat({ czxid: 5 }) });
    expect(messages(history.check(agreement))).toContain('disagree on what zxid 5 left: x or z');
  });

  it('finds a write that was done twice', () => {
    const history = new HistoryBuilder().created(1, '/data/a', 'x', 5);
    history.did(1, op.set('/data/a', 'y'), { stat: stat({ czxid: 5, mzxid: 6, version: 1 }) });
    history.did(2, op.get('/data/a'), { data: 'y', stat: stat({ czxid: 5, mzxid: 7, version: 2 }) });
    expect(messages(history.check(agreement))).toContain('y was written twice');
  });

  it('allows for writes that nobody heard of', () => {
    const history = new HistoryBuilder().created(1, '/data/a', 'x', 5);
    history.unknown(history.invoke(1, op.set('/data/a', 'y')));
    history.did(1, op.set('/data/a', 'z'), { stat: stat({ czxid: 5, mzxid: 7, version: 2 }) });
    expect(history.check(agreement)).toEqual([]);
  });

  it('finds a version that went back', () => {
    const history = new HistoryBuilder().created(1, '/data/a', 'x', 5);
    history.did(2, op.get('/data/a'), { data: 'y', stat: stat({ czxid: 5, mzxid: 7, version: 2 }) });
    history.did(2, op.get('/data/a'), { data: 'z', stat: stat({ czxid: 5, mzxid: 8, version: 1 }) });
    expect(messages(history.check(agreement))).toContain('the version went from 2 to 1');
  });
});

describe('origins', () => {
  it('finds values that nobody wrote, that were refused, and that were written elsewhere', () => {
    const history = new HistoryBuilder().created(1, '/data/a', 'x', 5);
    history.refused(history.invoke(1, op.set('/data/a', 'refused', 7)), -103);
    for (const data of ['ghost', 'refused', 'x']) {
      history.did(2, op.get('/data/a'), { data, stat: stat({ czxid: 5, mzxid: 5 }) });
    }
    history.did(2, op.get('/data/b'), { data: 'x', stat: stat({ czxid: 5 }) });
    const found = messages(history.check(origins));
    expect(found).toContain('"ghost" at /data/a, which nobody had written');
    expect(found).toContain('"refused" at /data/a, which only call 1');
    expect(found).toContain('"x" at /data/b, which nobody had written');
    expect(found.split('\n')).toHaveLength(3);
  });

  it('finds a value that is read before it is written', () => {
    const history = new HistoryBuilder();
    history.did(2, op.get('/data/a'), { data: 'x', stat: stat({ czxid: 5 }) });
    history.created(1, '/data/a', 'x', 5);
    expect(messages(history.check(origins))).toContain('nobody had written');
  });
});

describe('several changes of a node in one multi', () => {
  const parts = [
    { type: 'create', path: '/data/a', data: 'm1', mode: 'persistent' },
    { type: 'delete', path: '/data/a', version: -1 },
    { type: 'create', path: '/data/a', data: 'm2', mode: 'persistent' },
    { type: 'setData', path: '/data/a', data: 'm3', version: -1 },
    { type: 'setData', path: '/data/a', data: 'm4', version: -1 },
  ] as const;
  const nothing = { path: null, data: null, stat: null, children: null, parts: null };
  const left = stat({ czxid: 5, version: 2 });
  const answers = [stat({ czxid: 5 }), null, stat({ czxid: 5 }), stat({ czxid: 5, version: 1 }), left];

  it('count as what they leave', () => {
    const results = answers.map((told) => ({ ...nothing, stat: told }));
    const history = new HistoryBuilder().did(1, { type: 'multi', parts }, { parts: results }, 5);
    history.did(2, op.get('/data/a'), { data: 'm4', stat: left });
    const final = finalState({ '/data/a': { data: 'm4', stat: left } });
    for (const rule of [survival, agreement, freshReads, ownOrder, origins, writeOrder]) {
      expect(history.check(rule, final)).toEqual([]);
    }
  });

  it('count as so many versions', () => {
    const history = new HistoryBuilder().created(1, '/data/a', 'x', 5);
    const sets = [1, 2, 3].map((at) => ({ type: 'setData', path: '/data/a', data: `s${at}`, version: -1 }) as const);
    history.unknown(history.invoke(1, { type: 'multi', parts: sets }));
    history.did(2, op.get('/data/a'), { data: 's3', stat: stat({ czxid: 5, mzxid: 6, version: 3 }) });
    expect(history.check(agreement)).toEqual([]);
  });
});

it('takes nobody else for the owner of a node whose creation was never answered', () => {
  const history = new HistoryBuilder().connected(1).connected(2).created(1, '/data/e', 'x', 5);
  history.answer(1, {
    op: 'delete',
    path: '/data/e',
    zxid: 6,
    changes: [{ type: 'deleted', path: '/data/e', stat: null, isSequential: false }],
  });
  history.unknown(history.invoke(1, op.ephemeral('/data/e', 'y')));
  const now = stat({ czxid: 7, mzxid: 8, version: 1, ephemeralOwner: sessionOf(1) });
  history.did(2, op.set('/data/e', 'z'), { stat: now });
  expect(history.check(survival, finalState({}, [sessionOf(2)]))).toEqual([]);
  expect(messages(history.check(survival, finalState({}, [sessionOf(1)])))).toContain('lacks /data/e');
});
