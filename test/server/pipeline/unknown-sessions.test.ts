import { expect, test } from 'vitest';
import type { ConnectResponse } from '../../../src/protocol/connect.js';
import { OpCode } from '../../../src/protocol/op-codes.js';
import { sessionPassword } from '../../../src/server/sessions/session-password.js';
import { EnsembleHarness } from './support/ensemble-harness.js';
import { create, errs } from './support/session-steps.js';

/** A session of which no server knows. */
const FOREIGN = {
  protocolVersion: 0,
  timeOut: 10_000,
  sessionId: 0x2_0000_0001n,
  passwd: sessionPassword(0x2_0000_0001n),
} as ConnectResponse;

test('a leader calls no session over that it does not know before it has heard that it still leads', () => {
  const ensemble = new EnsembleHarness();
  const [atLeader, atLearner] = [
    ensemble.leader.connect({ session: FOREIGN }),
    ensemble.member(1).connect({ session: FOREIGN }),
  ];
  ensemble.toLeader(1);
  ensemble.toLearner(1);
  for (const link of [atLeader, atLearner]) expect([link.isClosed, link.link.out.length]).toEqual([false, 0]);
  ensemble.settle();
  for (const link of [atLeader, atLearner]) {
    expect(link.handshake()).toMatchObject({ timeOut: 0, sessionId: 0n });
    expect(link.isClosed).toBe(true);
  }
});

test('a session of which the leader has heard in the meantime goes on', () => {
  const ensemble = new EnsembleHarness();
  const atLeader = ensemble.leader.connect({ session: FOREIGN });
  for (const sid of [1, 2, 3]) ensemble.member(sid).state.sessions.add(FOREIGN.sessionId, 10_000, ensemble.nowMs);
  ensemble.settle();
  expect(atLeader.handshake()).toEqual({ ...FOREIGN, readOnly: false });
  expect(atLeader.isClosed).toBe(false);
  atLeader.send(OpCode.create, create('/mine', 1));
  ensemble.settle();
  expect(errs(atLeader.take())).toEqual([[1, 0]]);
});

test('a session that is ending by the time the leader has heard from the others is over when it has ended', () => {
  const ensemble = new EnsembleHarness();
  const again = ensemble.leader.connect({ session: FOREIGN });
  ensemble.leader.state.sessions.add(FOREIGN.sessionId, 10_000, ensemble.nowMs).isClosing = true;
  ensemble.settle();
  expect([again.isClosed, again.link.out.length]).toEqual([false, 0]);
  ensemble.leader.core!.ordered!.propose(FOREIGN.sessionId, { type: OpCode.closeSession, body: {} });
  ensemble.settle();
  expect(again.handshake()).toMatchObject({ timeOut: 0, sessionId: 0n });
});

test('who waits to be told of an unknown session may leave, and goes when the leader does', () => {
  const ensemble = new EnsembleHarness();
  const [left, stayed] = [0, 1].map(() => ensemble.leader.connect({ session: FOREIGN }));
  left!.disconnect();
  ensemble.leader.pipeline.dispose();
  expect(stayed!.isClosed).toBe(true);
  ensemble.settle();
  for (const link of [left!, stayed!]) expect(link.link.out.length).toBe(0);
});

test('a leader knows at once whom it knows, and who does not know the password', () => {
  const ensemble = new EnsembleHarness();
  const { session } = ensemble.member(1).open();
  expect(ensemble.leader.connect({ session }).handshake()).toEqual(session);
  for (const known of [session!, FOREIGN]) {
    const stranger = ensemble.leader.connect({ session: { ...known, passwd: Buffer.alloc(16, 7) } });
    expect(stranger.handshake()).toMatchObject({ timeOut: 0, sessionId: 0n });
    expect(stranger.isClosed).toBe(true);
  }
});
