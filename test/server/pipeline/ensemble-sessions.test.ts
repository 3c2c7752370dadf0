import { expect, test } from 'vitest';
import { ErrorCode } from '../../../src/protocol/error-codes.js';
import { OpCode } from '../../../src/protocol/op-codes.js';
import { PacketType } from '../../../src/protocol/quorum/packet-type.js';
import { EnsembleHarness } from './support/ensemble-harness.js';
import { create, errs, lastTxn } from './support/session-steps.js';

const set = (path: string, data: string) => ({ path, data: Buffer.from(data), version: -1 });
const dataAt = (ensemble: EnsembleHarness, sid: number, path: string): string | undefined =>
  ensemble.member(sid).state.tree.find(path)?.data?.toString();

test("a session begun through a learner is everybody's, and bears the id of its server", () => {
  const ensemble = new EnsembleHarness();
  const link = ensemble.member(2).open();
  const { sessionId, timeOut } = link.session!;
  expect(sessionId >> 56n).toBe(2n);
  expect(timeOut).toBe(10_000);
  expect(lastTxn(ensemble)).toMatchObject({
    header: { clientId: sessionId, cxid: 0, type: OpCode.createSession },
    txn: { timeOut: 10_000 },
  });
  for (const sid of [1, 2, 3]) expect(ensemble.member(sid).state.sessions.find(sessionId)).toBeDefined();
  expect(ensemble.member(1).state.sessions.find(sessionId)?.owner).toBeNull();
});

test('a session closed through a learner is answered, and takes its ephemerals along everywhere', () => {
  const ensemble = new EnsembleHarness({ observers: [4] });
  const link = ensemble.member(1).open();
  link.send(OpCode.create, create('/e', 1));
  link.send(OpCode.closeSession, {});
  link.send(OpCode.create, create('/late'));
  ensemble.settle();
  expect(errs(link.take())).toEqual([
    [1, 0],
    [2, 0],
  ]);
  expect(link.isClosed).toBe(true);
  expect(lastTxn(ensemble)).toMatchObject({ header: { cxid: 2 }, txn: { paths: ['/e'] } });
  for (const sid of [1, 2, 3, 4]) {
    expect(ensemble.member(sid).state.tree.find('/e')).toBeUndefined();
    expect(ensemble.member(sid).state.sessions.size).toBe(0);
  }
});

test.each([
  [1, 2],
  [1, 3],
  [3, 1],
])(
  'a session moves from server %i to server %i with a write under way; its old connection may write no more',
  (a, b) => {
    const ensemble = new EnsembleHarness();
    const old = ensemble.member(a).open();
    old.send(OpCode.create, create('/a'));
    ensemble.settle();
    old.take();
    old.send(OpCode.setData, set('/a', 'first'));
    if (a !== 3) ensemble.toLeader(a);
    const moved = ensemble.member(b).open({ session: old.session });
    expect(moved.session).toEqual(old.session);
    expect(dataAt(ensemble, b, '/a')).toBe('first');
    // A leader knows of the move at once.
    expect(old.isClosed).toBe(a === 3);
    old.send(OpCode.setData, set('/a', 'stale'));
    moved.send(OpCode.setData, set('/a', 'second'));
    ensemble.settle();
    expect(errs(moved.take())).toEqual([[1, 0]]);
    expect(old.isClosed).toBe(true);
    expect(errs(old.take()).filter(([xid]) => xid === 3)).toEqual([]);
    for (const sid of [1, 2, 3]) expect(dataAt(ensemble, sid, '/a')).toBe('second');
    expect(moved.isClosed).toBe(false);
  },
);

test('what an old connection still asks becomes a transaction that says that the session has moved', () => {
  const ensemble = new EnsembleHarness();
  const old = ensemble.member(1).open();
  ensemble.member(2).open({ session: old.session });
  for (const ask of [
    () => old.send(OpCode.create, create('/stale')),
    () => old.send(OpCode.multi, { ops: [{ type: OpCode.create, err: -1, body: create('/stale') }] }),
  ]) {
    ask();
    ensemble.toLeader(1);
    expect(lastTxn(ensemble)).toMatchObject({ txn: { type: OpCode.error, err: ErrorCode.SESSIONMOVED } });
  }
  ensemble.settle();
  expect(old.take()).toEqual([]);
  expect(old.isClosed).toBe(true);
});

test('an old connection cannot end a session that has moved', () => {
  const ensemble = new EnsembleHarness();
  const old = ensemble.member(1).open();
  const moved = ensemble.member(2).open({ session: old.session });
  old.send(OpCode.closeSession, {});
  ensemble.settle();
  expect(old.isClosed).toBe(true);
  expect(old.take()).toEqual([]);
  moved.send(OpCode.create, create('/alive', 1));
  ensemble.settle();
  expect(errs(moved.take())).toEqual([[1, 0]]);
});

test('a client that numbers its requests anew after a move is not told of what it asked before', () => {
  const ensemble = new EnsembleHarness();
  const old = ensemble.member(1).open();
  old.send(OpCode.create, create('/before'), 1);
  ensemble.toLeader(1);
  ensemble.toLearner(2);
  const moved = ensemble.member(2).connect({ session: old.session });
  ensemble.toLeader(2);
  ensemble.toLearner(2);
  moved.handshake();
  moved.send(OpCode.create, create('/after'), 1);
  ensemble.commit(1);
  ensemble.toLearner(2);
  expect(moved.take()).toEqual([]);
  ensemble.settle();
  const [answer] = moved.take();
  expect(moved.decode(OpCode.create, answer).path).toBe('/after');
});

test('a session comes back to its learner: its unanswered write still happens, and is answered to nobody', () => {
  const ensemble = new EnsembleHarness();
  const old = ensemble.member(1).open();
  old.send(OpCode.create, create('/mine', 1));
  const again = ensemble.member(1).connect({ session: old.session });
  expect(old.isClosed).toBe(true);
  expect(again.link.out.length).toBe(0);
  ensemble.toLeader(1);
  ensemble.toLearner(1);
  expect(again.handshake().sessionId).toBe(old.session!.sessionId);
  again.send(OpCode.exists, { path: '/mine', watch: false });
  expect(again.take()).toEqual([]);
  ensemble.settle();
  expect(errs(again.take())).toEqual([[1, 0]]);
  expect(old.take()).toEqual([]);
  expect(ensemble.member(1).pipeline.outstanding).toBe(0);
});

test('two connections that come back to one session: the second stays', () => {
  const ensemble = new EnsembleHarness();
  const { session } = ensemble.member(1).open();
  const [first, second] = [ensemble.member(2).connect({ session }), ensemble.member(2).connect({ session })];
  ensemble.settle();
  expect(first.isClosed).toBe(true);
  expect(second.isClosed).toBe(false);
  expect(second.handshake().sessionId).toBe(session!.sessionId);
});

test('a wrong password is refused without asking the leader', () => {
  const ensemble = new EnsembleHarness();
  const { session } = ensemble.member(1).open();
  const { length } = ensemble.sent;
  const again = ensemble.member(2).connect({ session: { ...session!, passwd: Buffer.alloc(16, 7) } });
  expect(again.handshake()).toMatchObject({ timeOut: 0, sessionId: 0n, passwd: Buffer.alloc(16) });
  expect(again.isClosed).toBe(true);
  expect(ensemble.sent.length).toBe(length);
});

test('a session that has ended, or is ending, is refused by every server', () => {
  const ensemble = new EnsembleHarness();
  const [gone, going] = [ensemble.member(1).open(), ensemble.member(1).open()];
  gone.send(OpCode.closeSession, {});
  ensemble.settle();
  ensemble.leader.pipeline.endSession(going.session!.sessionId);
  for (const { session } of [gone, going]) {
    for (const sid of [1, 2, 3]) {
      const again = ensemble.member(sid).connect({ session });
      ensemble.settle();
      expect(again.handshake()).toMatchObject({ timeOut: 0, sessionId: 0n });
      expect(again.isClosed).toBe(true);
    }
  }
});

test.each([
  ['says nothing yet', false],
  ["says no at once, as Apache's does", true],
])('a learner tells nobody of an end that is not decided, whether the leader %s', (_, isHasty) => {
  const ensemble = new EnsembleHarness();
  const { session } = ensemble.member(1).open();
  ensemble.leader.pipeline.endSession(session!.sessionId);
  const again = ensemble.member(2).connect({ session });
  ensemble.toLeader(2);
  ensemble.toLearner(2);
  if (isHasty) ensemble.writesOf(2).revalidated(session!.sessionId, false);
  expect([again.isClosed, again.link.out.length]).toEqual([false, 0]);
  ensemble.settle();
  expect(again.handshake()).toMatchObject({ timeOut: 0, sessionId: 0n });
  expect(again.isClosed).toBe(true);
});

test('a client that has seen what a learner has not is turned away without a word', () => {
  const ensemble = new EnsembleHarness();
  const link = ensemble.member(1).open();
  link.send(OpCode.create, create('/a'));
  ensemble.toLeader(1);
  ensemble.commit();
  ensemble.toLearner(1);
  const lastZxidSeen = BigInt(link.take()[0]!.zxid);
  const early = ensemble.member(2).connect({ session: link.session, lastZxidSeen });
  expect(early.isClosed).toBe(true);
  expect(early.link.out.length).toBe(0);
  ensemble.settle();
  expect(ensemble.member(2).open({ session: link.session, lastZxidSeen }).isClosed).toBe(false);
});

test('a part that ends closes every connection, and answers nobody any more', () => {
  const ensemble = new EnsembleHarness();
  const server = ensemble.member(1);
  const [open, writing, reading] = [server.open(), server.open(), server.open()];
  const { session } = ensemble.member(2).open();
  writing.send(OpCode.create, create('/a'));
  reading.send(OpCode.sync, { path: '/' });
  reading.send(OpCode.getData, { path: '/', watch: false });
  const waiting = [server.connect(), server.connect({ session })];
  const { pipeline } = server;
  pipeline.dispose();
  const late = server.connect();
  for (const link of [open, writing, reading, ...waiting, late]) {
    expect(link.isClosed).toBe(true);
  }
  ensemble.settle();
  for (const link of [open, writing, reading, ...waiting, late]) expect(link.link.out.length).toBe(0);
  expect(server.state.tree.find('/a')).toBeUndefined();
});

test('a session is ended by order of whoever has it, or of the leader', () => {
  const ensemble = new EnsembleHarness();
  const [first, second] = [ensemble.member(1).open(), ensemble.member(1).open()];
  const ids = [first, second].map(({ session }) => session!.sessionId);
  expect(ensemble.member(2).pipeline.endSession(ids[0]!)).toBe(false);
  expect(ensemble.member(1).pipeline.endSession(ids[0]!)).toBe(true);
  expect(ensemble.leader.pipeline.endSession(ids[1]!)).toBe(true);
  ensemble.settle();
  expect([first.isClosed, second.isClosed]).toEqual([true, true]);
  for (const sid of [1, 2, 3]) expect(ensemble.member(sid).state.sessions.size).toBe(0);
});

test('learners remove no nodes whose time has come: they have nothing to order it with', () => {
  const ensemble = new EnsembleHarness();
  expect(ensemble.member(1).core?.ordered).toBeNull();
  expect(ensemble.leader.core?.ordered).not.toBeNull();
});

test('an epoch that has no room for another transaction ends once, and what it cannot take is dropped', () => {
  const ensemble = new EnsembleHarness({ counterMax: 3 });
  const [mine, other] = [ensemble.leader.open(), ensemble.member(1).open()];
  mine.send(OpCode.create, create('/last'));
  mine.send(OpCode.setData, set('/last', 'x'));
  other.send(OpCode.create, create('/b'));
  mine.send(OpCode.getData, { path: '/last', watch: false });
  ensemble.settle();
  expect(errs(mine.take())).toEqual([
    [1, 0],
    [3, 0],
  ]);
  expect(other.take()).toEqual([]);
  expect(ensemble.epochsEnded).toBe(1);
});

test('requests of sessions of which nobody knows are refused', () => {
  const ensemble = new EnsembleHarness();
  const link = ensemble.member(1).open();
  link.link.sessionId += 1n;
  link.send(OpCode.create, create('/a'));
  ensemble.toLeader(1);
  expect(lastTxn(ensemble)).toMatchObject({ txn: { type: OpCode.error, err: ErrorCode.SESSIONEXPIRED } });
});

test('learners ask with the packets that they are to ask with', () => {
  const ensemble = new EnsembleHarness();
  const link = ensemble.member(1).open();
  ensemble.member(2).open({ session: link.session });
  expect(ensemble.sent.map(({ sid, bytes }) => [sid, bytes.readInt32BE(0)])).toEqual([
    [1, PacketType.REQUEST],
    [2, PacketType.REVALIDATE],
  ]);
});

test.each([
  ['a write', OpCode.setData, { path: '/', data: null, version: -1 }],
  ['a write that is refused', OpCode.delete, { path: '/none', version: -1 }],
  ['a sync', OpCode.sync, { path: '/' }],
] as const)('%s through a learner extends its session at the leader, before any touch is told', (_, op, body) => {
  const ensemble = new EnsembleHarness();
  const link = ensemble.member(1).open();
  ensemble.nowMs += 9000;
  link.send(op, body);
  ensemble.settle();
  expect(link.take()).toHaveLength(1);
  ensemble.nowMs += 9000;
  expect(ensemble.leader.pipeline.expireSessions(ensemble.nowMs)).toEqual([]);
  ensemble.nowMs += 2000;
  expect(ensemble.leader.pipeline.expireSessions(ensemble.nowMs)).toHaveLength(1);
});
