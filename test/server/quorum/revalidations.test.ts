import { expect, it } from 'vitest';
import type { Revalidation } from '../../../src/server/quorum/revalidation.js';
import { Revalidations } from '../../../src/server/quorum/revalidations.js';
import { LearnerPeer } from '../../../src/server/zab/learner-peer.js';

/** What the leader knows: sessions that live, and those whose end is proposed. */
function rig() {
  const living = new Set<bigint>();
  const ending = new Set<bigint>();
  const answers: string[] = [];
  const rounds: Revalidation[] = [];
  const revalidations = new Revalidations({
    replica: { revalidate: (_sid, sessionId) => living.has(sessionId) || (ending.has(sessionId) ? null : false) },
    sync: (question) => rounds.push(question as Revalidation),
    answer: ({ sid }, { sessionId, isValid }) => answers.push(`${sid}< ${sessionId} ${isValid ? 'lives' : 'is over'}`),
  });
  const ask = (peer: LearnerPeer, ...ids: bigint[]): void => {
    for (const sessionId of ids) revalidations.asked(peer, { sessionId, timeoutMs: 1000 });
  };
  return {
    ...{ living, ending, rounds, revalidations, ask },
    heardFromQuorum: () => rounds.splice(0).forEach((question) => revalidations.confirmed(question)),
    take: () => answers.splice(0),
  };
}

function learner(sid: number): LearnerPeer {
  const peer = new LearnerPeer();
  peer.sid = sid;
  return peer;
}

const one = learner(1);
const two = learner(2);

it('says at once that a session lives', () => {
  const { living, ask, take, rounds } = rig();
  living.add(7n);
  ask(one, 7n);
  expect(take()).toEqual(['1< 7 lives']);
  expect(rounds).toEqual([]);
});

it('says that a session is over when a quorum was heard since', () => {
  const { ask, take, heardFromQuorum } = rig();
  ask(one, 7n);
  expect(take()).toEqual([]);
  heardFromQuorum();
  expect(take()).toEqual(['1< 7 is over']);
});

it('looks again when a quorum was heard', () => {
  const { living, ask, take, heardFromQuorum } = rig();
  ask(one, 7n);
  living.add(7n);
  heardFromQuorum();
  expect(take()).toEqual(['1< 7 lives']);
});

it('says that a session is over when its end is committed, too', () => {
  const { ending, revalidations, ask, take, heardFromQuorum } = rig();
  ending.add(7n);
  ask(one, 7n);
  heardFromQuorum();
  revalidations.committed();
  expect(take()).toEqual([]);
  ending.clear();
  revalidations.committed();
  expect(take()).toEqual(['1< 7 is over']);
});

it('waits for a quorum although the end was committed meanwhile: one round for each question', () => {
  const { ending, revalidations, ask, take, rounds, heardFromQuorum } = rig();
  ending.add(7n);
  ask(one, 7n);
  ending.clear();
  revalidations.committed();
  expect(take()).toEqual([]);
  expect(rounds).toHaveLength(1);
  heardFromQuorum();
  expect(take()).toEqual(['1< 7 is over']);
});

it("answers each learner's questions in their order, with one round for all of them", () => {
  const { living, ask, take, rounds, heardFromQuorum } = rig();
  living.add(8n);
  ask(one, 7n, 8n, 9n);
  ask(two, 8n);
  expect(take()).toEqual(['2< 8 lives']);
  expect(rounds).toHaveLength(3);
  heardFromQuorum();
  expect(take()).toEqual(['1< 7 is over', '1< 8 lives', '1< 9 is over']);
  ask(one, 8n);
  expect(take()).toEqual(['1< 8 lives']);
});

it('forgets what a learner has asked that is gone', () => {
  const { revalidations, ask, take, heardFromQuorum } = rig();
  ask(one, 7n, 8n);
  ask(two, 7n);
  revalidations.lost(one);
  heardFromQuorum();
  expect(take()).toEqual(['2< 7 is over']);
});
