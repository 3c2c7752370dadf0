import { expect, test } from 'vitest';
import { OpCode } from '../../../src/protocol/op-codes.js';
import { EnsembleHarness } from './support/ensemble-harness.js';
import { create, errs, lastTxn } from './support/session-steps.js';

test('only the leader expires sessions, and learners tell it whom they have heard of', () => {
  const ensemble = new EnsembleHarness();
  const [silent, lively, watcher] = [1, 1, 2].map((sid) => ensemble.member(sid).open());
  silent!.send(OpCode.create, create('/e', 1));
  ensemble.settle();
  watcher!.send(OpCode.exists, { path: '/e', watch: true });
  silent!.take();
  watcher!.take();
  ensemble.ping();
  for (let i = 0; i < 3; i++) {
    ensemble.nowMs += 4000;
    for (const link of [lively!, watcher!]) link.send(OpCode.ping, {}, -2);
    ensemble.ping();
    for (const sid of [1, 2]) expect(ensemble.member(sid).pipeline.expireSessions(ensemble.nowMs)).toEqual([]);
    ensemble.leader.pipeline.expireSessions(ensemble.nowMs);
  }
  ensemble.settle();
  expect(silent!.isClosed).toBe(true);
  expect(silent!.take()).toEqual([]);
  expect(lively!.isClosed).toBe(false);
  expect(lastTxn(ensemble)).toMatchObject({
    header: { clientId: silent!.session!.sessionId, cxid: 0, type: OpCode.closeSession },
    txn: { paths: ['/e'] },
  });
  expect(watcher!.take().map(({ xid }) => xid)).toEqual([-2, -2, -2, -1]);
  expect(ensemble.isEqualEverywhere()).toBe(true);
});

test('touches are told once, with the timeout that was negotiated last', () => {
  const ensemble = new EnsembleHarness();
  const link = ensemble.member(1).open();
  const { sessionId } = link.session!;
  ensemble.ping();
  expect(ensemble.writesOf(1).takeTouches()).toEqual([]);
  link.send(OpCode.ping, {}, -2);
  link.send(OpCode.ping, {}, -2);
  expect(ensemble.writesOf(1).takeTouches()).toEqual([[sessionId, 10_000]]);
  expect(ensemble.writesOf(1).takeTouches()).toEqual([]);
  ensemble.member(2).open({ session: link.session, timeOut: 6000 });
  expect(ensemble.writesOf(2).takeTouches()).toEqual([[sessionId, 6000]]);
  expect(ensemble.leader.state.sessions.find(sessionId)?.timeoutMs).toBe(6000);
});

test('a new leader gives every session its full time, whatever its predecessor was about to do', () => {
  const ensemble = new EnsembleHarness();
  const links = [1, 2].map((sid) => ensemble.member(sid).open());
  links[0]!.send(OpCode.create, create('/e', 1));
  ensemble.settle();
  ensemble.nowMs += 20_000;
  expect(ensemble.leader.pipeline.expireSessions(ensemble.nowMs)).toHaveLength(2);
  ensemble.begin(1, 1);
  expect(links.every(({ isClosed }) => isClosed)).toBe(true);
  ensemble.nowMs += 9000;
  expect(ensemble.leader.pipeline.expireSessions(ensemble.nowMs)).toEqual([]);
  const again = ensemble.member(3).open({ session: links[0]!.session });
  again.send(OpCode.getData, { path: '/e', watch: false });
  expect(errs(again.take())).toEqual([[1, 0]]);
  ensemble.nowMs += 2000;
  expect(ensemble.leader.pipeline.expireSessions(ensemble.nowMs)).toHaveLength(1);
});

test('the first who writes for a session is whom it belongs to, when the leader does not know', () => {
  const ensemble = new EnsembleHarness();
  const link = ensemble.member(1).open();
  const { sessionId } = link.session!;
  const session = ensemble.leader.state.sessions.find(sessionId)!;
  expect(session.serverId).toBe(1);
  session.serverId = null;
  link.send(OpCode.create, create('/a'));
  ensemble.settle();
  expect(errs(link.take())).toEqual([[1, 0]]);
  expect(session.serverId).toBe(1);
});

test('ephemeral nodes of sessions that are no more go when a leader takes over, on all servers at once', () => {
  const ensemble = new EnsembleHarness();
  const [link, other] = [ensemble.member(1).open(), ensemble.member(2).open()];
  link.send(OpCode.create, create('/orphan', 1));
  other.send(OpCode.create, create('/kept', 1));
  ensemble.settle();
  for (const sid of [1, 2, 3]) ensemble.member(sid).state.sessions.remove(link.session!.sessionId);
  ensemble.begin(1, 2);
  ensemble.settle();
  for (const sid of [1, 2, 3]) {
    expect(ensemble.member(sid).state.tree.find('/orphan')).toBeUndefined();
    expect(ensemble.member(sid).state.tree.find('/kept')).toBeDefined();
  }
  expect(ensemble.isEqualEverywhere()).toBe(true);
});
