import { describe, expect, it } from 'vitest';
import { StepChecks } from '../../../src/testing/sim/check/step-checks.js';
import type { HoldEvent } from '../../../src/testing/sim/history.js';
import { HistoryBuilder, op, sessionOf, stat } from './history-builder.js';

const LOCK = '/locks/a';

function rulesOf(history: HistoryBuilder): string[] {
  const rules: string[] = [];
  const checks = new StepChecks(({ rule }) => rules.push(rule));
  for (const event of history.events) checks.see(event);
  return rules;
}

function hold(history: HistoryBuilder, client: number, token: number, state: HoldEvent['state']): HistoryBuilder {
  const session = sessionOf(client);
  return history.add({ kind: 'hold', client, session, lock: LOCK, node: `${LOCK}/${token}`, token, state });
}

describe('locks', () => {
  const held = (): HistoryBuilder => hold(new HistoryBuilder(), 1, 5, 'acquired');

  it('accepts one holder after the other', () => {
    expect(rulesOf(hold(hold(held(), 1, 5, 'released'), 2, 6, 'acquired'))).toEqual([]);
    expect(rulesOf(hold(hold(held(), 1, 5, 'lost'), 2, 6, 'acquired'))).toEqual([]);
  });

  it('finds two holders at once, and tokens that do not grow', () => {
    expect(rulesOf(hold(held(), 2, 6, 'acquired'))).toEqual(['lock-held-twice']);
    expect(rulesOf(hold(hold(held(), 1, 5, 'released'), 2, 4, 'acquired'))).toEqual(['lock-tokens']);
  });

  it('lets who stands still, or is dead, hold on, but not use what it holds', () => {
    const stalled = held().add({ kind: 'stall', client: 1, state: 'begins' });
    hold(stalled, 2, 6, 'acquired');
    expect(rulesOf(stalled)).toEqual([]);
    stalled.add({ kind: 'stall', client: 1, state: 'ends' });
    expect(rulesOf(hold(stalled, 1, 5, 'used'))).toEqual(['lock-held-twice']);
    expect(rulesOf(hold(held().add({ kind: 'death', client: 1 }), 2, 6, 'acquired'))).toEqual([]);
  });

  it('finds a stale token that was accepted', () => {
    const history = new HistoryBuilder();
    for (const token of [5, 6, 5]) history.add({ kind: 'guarded', client: 1, lock: LOCK, token, accepted: true });
    history.add({ kind: 'guarded', client: 1, lock: LOCK, token: 4, accepted: false });
    expect(rulesOf(history)).toEqual(['lock-fencing']);
  });
});

describe('order on the wire', () => {
  it('finds answers out of turn, and a zxid that goes back, over connections too', () => {
    expect(rulesOf(new HistoryBuilder().answer(1, { op: 'exists', zxid: 5, inOrder: false }))).toEqual(['wire-order']);
    const history = new HistoryBuilder()
      .answer(1, { op: 'exists', zxid: 5 }, 10)
      .answer(1, { op: 'exists', zxid: 4 }, 11);
    expect(rulesOf(history)).toEqual(['wire-order']);
  });

  it('holds what a ping was answered with against its own connection only', () => {
    const pinged = () => new HistoryBuilder().answer(1, { op: 'exists', zxid: 4 }).answer(1, { op: 'ping', zxid: 6 });
    expect(rulesOf(pinged().answer(1, { op: 'ping', zxid: 5 }))).toEqual(['wire-order']);
    const again = { type: 'connected', session: 1n, timeoutMs: 1000 } as const;
    const elsewhere = () => pinged().add({ kind: 'wire', client: 1, connection: 2, session: 1n, frame: again });
    expect(rulesOf(elsewhere().answer(1, { op: 'ping', zxid: 5 }, 2))).toEqual([]);
    expect(rulesOf(elsewhere().answer(1, { op: 'ping', zxid: 3 }, 2))).toEqual(['wire-order']);
  });

  it('does not compare answers that carry no zxid, nor those of different clients', () => {
    const history = new HistoryBuilder().answer(1, { op: 'exists', zxid: 5 }).answer(1, { op: 'auth', zxid: 0 });
    expect(rulesOf(history.answer(2, { op: 'exists', zxid: 4 }))).toEqual([]);
  });
});

describe('recoveries', () => {
  it('finds a server that has forgotten what somebody was told', () => {
    const history = new HistoryBuilder().created(1, '/data/a', 'x', 5);
    history.did(1, op.get('/data/a'), { data: 'x', stat: stat({ czxid: 5 }) });
    expect(rulesOf(history.add({ kind: 'server', server: 1, state: 'started', lastZxid: 5 }))).toEqual([]);
    expect(rulesOf(history.add({ kind: 'server', server: 1, state: 'started', lastZxid: 4 }))).toEqual(['recovery']);
  });
});
