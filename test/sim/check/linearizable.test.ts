import { describe, expect, it } from 'vitest';
import { linearizable } from '../../../src/testing/sim/check/linearizable.js';
import { ABSENT, searchOrder } from '../../../src/testing/sim/check/register-search.js';
import type { RegisterOp } from '../../../src/testing/sim/check/register-search.js';
import { Tally } from '../../../src/testing/sim/tally.js';
import { finalState, HistoryBuilder, op, sessionOf, stat } from './history-builder.js';

/** As the product answers, but for zxids: they are all 1 here, and nobody looks. */
function version(number: number): ReturnType<typeof stat> {
  return stat({ czxid: 1, version: number });
}

const NODE = '/data/a';

describe('linearizable', () => {
  it('explains writes and reads that overlap', () => {
    const history = new HistoryBuilder().created(1, NODE, 'x', 1);
    const write = history.invoke(1, op.set(NODE, 'y'));
    history.did(2, op.get(NODE), { data: 'y', stat: version(1) });
    history.ok(write, { stat: version(1) });
    history.did(2, op.delete(NODE, 1));
    history.refused(history.invoke(1, op.get(NODE)), -101);
    expect(history.check(linearizable)).toEqual([]);
  });

  it('finds a read that goes back', () => {
    const history = new HistoryBuilder().created(1, NODE, 'x', 1);
    const write = history.invoke(1, op.set(NODE, 'y'));
    history.did(2, op.get(NODE), { data: 'y', stat: version(1) });
    history.did(2, op.get(NODE), { data: 'x', stat: version(0) });
    history.ok(write, { stat: version(1) });
    const final = finalState({ [NODE]: { data: 'y', stat: version(1) } });
    expect(history.check(linearizable, final)[0]?.message).toContain('explains call 3');
  });

  it('finds two conditional writes that both succeeded on one version', () => {
    const history = new HistoryBuilder().created(1, NODE, 'x', 1);
    const calls = [history.invoke(1, op.set(NODE, 'y', 0)), history.invoke(2, op.set(NODE, 'z', 0))];
    for (const call of calls) history.ok(call, { stat: version(1) });
    const final = finalState({ [NODE]: { data: 'z', stat: version(1) } });
    expect(history.check(linearizable, final)).toHaveLength(1);
  });

  it('finds a refusal that nothing explains', () => {
    const history = new HistoryBuilder().created(1, NODE, 'x', 1);
    history.refused(history.invoke(2, op.set(NODE, 'y', 0)), -103);
    const final = finalState({ [NODE]: { data: 'x', stat: version(0) } });
    expect(history.check(linearizable, final)).toHaveLength(1);
  });

  it('lets an unanswered write happen late, or never', () => {
    for (const last of [
      { data: 'x', stat: version(0) },
      { data: 'y', stat: version(1) },
    ]) {
      const history = new HistoryBuilder().created(1, NODE, 'x', 1);
      history.unknown(history.invoke(1, op.set(NODE, 'y')));
      history.did(2, op.get(NODE), { data: 'x', stat: version(0) });
      expect(history.check(linearizable, finalState({ [NODE]: last }))).toEqual([]);
    }
  });

  it('lets either sequential create of an unanswered multi have made a node, and not both', () => {
    const parts = ['x', 'y'].map((data) => ({
      type: 'create' as const,
      path: `${NODE}/s`,
      data,
      mode: 'persistent-sequential' as const,
    }));
    const made = (data: string) => ({ data, stat: version(0) });
    const seen = (...reads: string[]): HistoryBuilder => {
      const history = new HistoryBuilder();
      history.unknown(history.invoke(1, { type: 'multi', parts }));
      for (const data of reads) history.did(2, op.get(`${NODE}/s0000000001`), made(data));
      return history;
    };
    const nodes = { [`${NODE}/s0000000000`]: made('x'), [`${NODE}/s0000000001`]: made('y') };
    expect(seen('y').check(linearizable, finalState(nodes))).toEqual([]);
    expect(seen('x', 'y').check(linearizable, finalState(nodes))).toHaveLength(1);
    expect(seen('z').check(linearizable, finalState(nodes))).toHaveLength(1);
  });

  it('lets an ephemeral go with its session, and not before', () => {
    const make = (): HistoryBuilder => {
      const told = { path: NODE, stat: stat({ czxid: 1, ephemeralOwner: sessionOf(1) }) };
      return new HistoryBuilder().did(1, op.ephemeral(NODE, 'x'), told);
    };
    expect(make().did(2, op.exists(NODE)).check(linearizable)).toEqual([]);
    const early = make().did(2, op.exists(NODE)).did(1, op.exists('/data/b'));
    expect(early.check(linearizable)).toHaveLength(1);
  });

  it('counts what it gave up', () => {
    const history = new HistoryBuilder().created(1, NODE, 'x', 1);
    for (let value = 0; value < 14; value++) history.unknown(history.invoke(1, op.set(NODE, `${value}`)));
    const tally = new Tally();
    expect(history.check(linearizable, finalState({ [NODE]: { data: 'y', stat: version(14) } }), tally)).toEqual([]);
    expect(tally.entries()).toEqual([['search for an order: undecided', 1]]);
  });

  it('finds an acknowledged write that the end has not', () => {
    const history = new HistoryBuilder().created(1, NODE, 'x', 1);
    expect(history.check(linearizable, finalState({}))[0]?.message).toContain('that it is missing in the end');
  });
});

describe('searchOrder', () => {
  it('gives up rather than searching for ever', () => {
    const flip = (at: number): RegisterOp => ({
      from: 0,
      to: Infinity,
      isRead: false,
      title: `write ${at}`,
      events: [],
      apply: (before) => ({ ...before, isPresent: true, version: before.version + at, data: `${at}` }),
    });
    const never: RegisterOp = { ...flip(0), from: 1, to: 2, isRead: true, apply: () => null };
    const writes = Array.from({ length: 12 }, (_, at) => flip(2 ** at));
    expect(searchOrder([never], writes, { statesMax: 500 }).kind).toBe('undecided');
    expect(searchOrder([never], [], { statesMax: 500 }).kind).toBe('impossible');
    expect(ABSENT.isPresent).toBe(false);
  });
});
