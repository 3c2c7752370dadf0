import { afterEach, expect, test } from 'vitest';
import { Ensemble } from '../../ensemble/support/ensemble.js';
import type { Member } from '../../ensemble/support/member.js';
import { describeWithPeers } from '../support/peers.js';
import { RawSession, SessionGoneError } from '../support/raw-session.js';

const SESSIONS = 60;
const TIMEOUT_MS = 20_000;

let ensemble: Ensemble | null = null;
afterEach(async () => {
  await ensemble?.discard();
  ensemble = null;
});

describeWithPeers("Apache's servers, whose clients come with sessions of other servers", [], () => {
  test('are told by a pinfold leader which of them live', async () => {
    const mixed = await Ensemble.start({ voters: ['apache', 'apache', 'pinfold'] });
    ensemble = mixed;
    expect((await mixed.leader()).kind).toBe('pinfold');
    const [one, two, leader] = mixed.members as [Member, Member, Member];
    const open = (member: Member, session?: RawSession): Promise<RawSession> =>
      RawSession.open(member.address.client, { timeoutMs: TIMEOUT_MS, ...(session && { identity: session.identity }) });
    const sessions: RawSession[] = [];
    for (let left = SESSIONS; left > 0; left--) sessions.push(await open(one));
    const ended = sessions.filter((_, at) => at % 3 !== 0);
    for (const session of ended) await session.close();
    for (const member of [two, leader, one]) {
      // All at once: answers about those that live wait for answers about those that do not.
      const outcomes = await Promise.allSettled(sessions.map((session) => open(member, session)));
      outcomes.forEach((outcome, at) => {
        if (outcome.status === 'fulfilled') expect(ended).not.toContain(sessions[at]);
        else expect([ended.includes(sessions[at]!), outcome.reason]).toEqual([true, expect.any(SessionGoneError)]);
      });
      const again = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
      expect(again).toHaveLength(sessions.length - ended.length);
      for (const session of again) session.drop();
    }
  });
});
