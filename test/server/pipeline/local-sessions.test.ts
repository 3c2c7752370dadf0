import { expect, test } from 'vitest';
import { OPEN_ACL_UNSAFE } from '../../../src/protocol/acl.js';
import { ErrorCode } from '../../../src/protocol/error-codes.js';
import { JuteReader } from '../../../src/protocol/jute-reader.js';
import { OpCode } from '../../../src/protocol/op-codes.js';
import { readTxnHeader } from '../../../src/protocol/txn-codec.js';
import { EnsembleHarness } from './support/ensemble-harness.js';
import type { Got } from './support/test-link.js';

const create = (path: string, flags = 0) => ({ path, data: Buffer.from('x'), acl: OPEN_ACL_UNSAFE, flags });
const errs = (frames: readonly Got[]): number[][] => frames.map(({ xid, err }) => [xid, err]);
const proposals = (ensemble: EnsembleHarness) =>
  ensemble.proposed.map((bytes) => {
    const { clientId, cxid, type } = readTxnHeader(new JuteReader(bytes));
    return [clientId, cxid, type];
  });

test.each([1, 3])('a local session of server %i takes no transaction to begin and none to end', (sid) => {
  const ensemble = new EnsembleHarness({ localSessions: 'on' });
  const link = ensemble.member(sid).open();
  const { sessionId } = link.session!;
  link.send(OpCode.create, create('/a'));
  link.send(OpCode.closeSession, {});
  expect(link.isClosed).toBe(false);
  ensemble.settle();
  expect(errs(link.take())).toEqual([
    [1, 0],
    [2, 0],
  ]);
  expect(link.isClosed).toBe(true);
  expect(proposals(ensemble)).toEqual([[sessionId, 1, OpCode.create]]);
  expect(ensemble.member(sid).state.localSessions.table.size).toBe(0);
  for (const each of [1, 2, 3]) expect(ensemble.member(each).state.sessions.size).toBe(0);
});

test.each([1, 3])('without upgrading, a local session of server %i owns no ephemeral nodes', (sid) => {
  const ensemble = new EnsembleHarness({ localSessions: 'on' });
  const link = ensemble.member(sid).open();
  link.send(OpCode.create, create('/e', 1));
  link.send(OpCode.multi, { ops: [{ type: OpCode.create, err: -1, body: create('/e', 3) }] });
  ensemble.settle();
  const [refused, multi] = link.take();
  expect(refused?.err).toBe(ErrorCode.EPHEMERALONLOCALSESSION);
  expect(link.decode(OpCode.multi, multi).results).toMatchObject([{ err: ErrorCode.EPHEMERALONLOCALSESSION }]);
});

test.each([1, 3])("with upgrading, its first ephemeral node makes a local session of server %i everybody's", (sid) => {
  const ensemble = new EnsembleHarness({ localSessions: 'upgrading' });
  const link = ensemble.member(sid).open();
  const { sessionId } = link.session!;
  link.send(OpCode.create, create('/a'));
  link.send(OpCode.multi, { ops: [{ type: OpCode.create, err: -1, body: create('/a/e', 1) }] });
  link.send(OpCode.create, create('/f', 1));
  ensemble.settle();
  expect(errs(link.take())).toEqual([
    [1, 0],
    [2, 0],
    [3, 0],
  ]);
  expect(proposals(ensemble)).toEqual([
    [sessionId, 1, OpCode.create],
    [sessionId, 0, OpCode.createSession],
    [sessionId, 2, OpCode.multi],
    [sessionId, 3, OpCode.create],
  ]);
  for (const each of [1, 2, 3]) {
    expect(ensemble.member(each).state.tree.ephemeralsOf(sessionId)).toEqual(['/a/e', '/f']);
    expect(ensemble.member(each).state.sessions.find(sessionId)?.timeoutMs).toBe(10_000);
    expect(ensemble.member(each).state.localSessions.table.size).toBe(0);
  }
  const moved = ensemble.member(2).open({ session: link.session });
  moved.send(OpCode.closeSession, {});
  ensemble.settle();
  expect(errs(moved.take())).toEqual([[1, 0]]);
  expect(ensemble.leader.state.tree.find('/f')).toBeUndefined();
  expect(ensemble.isEqualEverywhere()).toBe(true);
});

test('a session that closes while it is being upgraded is closed everywhere', () => {
  const ensemble = new EnsembleHarness({ localSessions: 'upgrading' });
  const link = ensemble.member(1).open();
  link.send(OpCode.create, create('/e', 1));
  link.send(OpCode.closeSession, {});
  ensemble.settle();
  expect(errs(link.take())).toEqual([
    [1, 0],
    [2, 0],
  ]);
  for (const sid of [1, 2, 3]) {
    expect(ensemble.member(sid).state.sessions.size).toBe(0);
    expect(ensemble.member(sid).state.tree.find('/e')).toBeUndefined();
  }
});

test('a local session is not told to the leader, and its own server expires it', () => {
  const ensemble = new EnsembleHarness({ localSessions: 'on' });
  const [silent, lively] = [ensemble.member(1).open(), ensemble.member(1).open()];
  ensemble.nowMs += 8000;
  lively.send(OpCode.ping, {}, -2);
  expect(ensemble.writesOf(1).takeTouches()).toEqual([]);
  ensemble.nowMs += 4000;
  expect(
    ensemble
      .member(1)
      .pipeline.expireSessions(ensemble.nowMs)
      .map(({ id }) => id),
  ).toEqual([silent.session!.sessionId]);
  expect([silent.isClosed, lively.isClosed]).toEqual([true, false]);
  expect(ensemble.proposed).toEqual([]);
});

test('a local session comes back to its own server, and to no other', () => {
  const ensemble = new EnsembleHarness({ localSessions: 'on' });
  const { session } = ensemble.member(1).open();
  const { length } = ensemble.sent;
  expect(ensemble.member(1).open({ session }).session).toEqual(session);
  expect(ensemble.sent.length).toBe(length);
  for (const sid of [2, 3]) {
    expect(ensemble.member(sid).open({ session }).session).toMatchObject({ timeOut: 0, sessionId: 0n });
  }
  expect(ensemble.member(1).pipeline.endSession(session!.sessionId)).toBe(true);
  expect(ensemble.member(1).open({ session }).session).toMatchObject({ timeOut: 0 });
});

test('a session that has ended everywhere is not taken for a local one of its server', () => {
  const ensemble = new EnsembleHarness({ localSessions: 'upgrading' });
  const link = ensemble.member(1).open();
  link.send(OpCode.create, create('/e', 1));
  ensemble.settle();
  ensemble.leader.pipeline.endSession(link.session!.sessionId);
  ensemble.commit();
  link.send(OpCode.create, create('/stale'));
  ensemble.settle();
  expect(ensemble.leader.state.tree.find('/stale')).toBeUndefined();
  expect(link.isClosed).toBe(true);
});

test("an id of the leader's own making that it does not know is no local session", () => {
  const ensemble = new EnsembleHarness({ localSessions: 'on' });
  const link = ensemble.member(1).open();
  link.link.sessionId = 3n << 56n;
  link.send(OpCode.create, create('/a'));
  ensemble.settle();
  expect(ensemble.leader.state.tree.find('/a')).toBeUndefined();
});
