import { beforeEach, expect, test } from 'vitest';
import { OpCode } from '../../../src/protocol/op-codes.js';
import { EnsembleHarness } from './support/ensemble-harness.js';
import type { TestLink } from './support/test-link.js';

let ensemble: EnsembleHarness;
let client: TestLink;
let elsewhere: TestLink;

/** Two sessions of 10 s, at servers 1 and 2, both of which tell the leader of their clients. */
beforeEach(() => {
  ensemble = new EnsembleHarness();
  client = ensemble.member(1).open();
  elsewhere = ensemble.member(2).open();
  ensemble.ping({ counts: true });
});

function pass(ms: number): void {
  ensemble.nowMs += ms;
}

function expired(): bigint[] {
  return ensemble.leader.pipeline.expireSessions(ensemble.nowMs).map(({ id }) => id);
}

test('a session whose learner is out of touch does not expire before that learner was heard', () => {
  pass(6000);
  client.send(OpCode.ping, {}, -2);
  pass(5000);
  ensemble.ping({ sids: [2], counts: true });
  expect(expired()).toEqual([elsewhere.session!.sessionId]);
  ensemble.ping({ sids: [1], counts: true });
  expect(expired()).toEqual([]);
  ensemble.settle();
  expect([client.isClosed, elsewhere.isClosed]).toEqual([false, true]);
  pass(9000);
  expect(expired()).toEqual([]);
});

test('it expires as soon as its learner has told that there was nothing', () => {
  pass(11_000);
  expect(expired()).toEqual([]);
  ensemble.ping({ counts: true });
  expect([client.isClosed, elsewhere.isClosed]).toEqual([true, true]);
  expect(ensemble.leader.state.sessions.size).toBe(0);
});

test('what a learner tells of an earlier time says nothing yet', () => {
  pass(9000);
  ensemble.ping({ counts: true });
  pass(2000);
  expect(expired()).toEqual([]);
  pass(1000);
  expect(expired()).toEqual([]);
  ensemble.requests.told(1, ensemble.nowMs - 2500);
  expect(client.isClosed).toBe(false);
  ensemble.ping({ counts: true });
  expect(client.isClosed).toBe(true);
});

test('sessions of a learner that is lost get their full time', () => {
  pass(11_000);
  ensemble.requests.lost(1);
  ensemble.ping({ sids: [2], counts: true });
  expect(expired()).toEqual([elsewhere.session!.sessionId]);
  pass(9000);
  expect(expired()).toEqual([]);
  pass(2000);
  expect(expired()).toEqual([client.session!.sessionId]);
});

test("a session that has moved on is its new server's to tell of", () => {
  pass(5000);
  const moved = ensemble.member(2).open({ session: client.session });
  ensemble.ping({ sids: [2], counts: true });
  pass(11_000);
  ensemble.ping({ sids: [1], counts: true });
  expect(expired()).toEqual([]);
  ensemble.ping({ sids: [2], counts: true });
  expect(moved.isClosed).toBe(true);
});

test("the leader's own sessions are nobody else's to tell of", () => {
  const own = ensemble.leader.open();
  pass(11_000);
  expect(expired()).toEqual([own.session!.sessionId]);
});
