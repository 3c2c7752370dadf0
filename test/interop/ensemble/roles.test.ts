import { afterEach, expect, test } from 'vitest';
import { Ensemble } from '../../ensemble/support/ensemble.js';
import type { EnsembleOptions } from '../../ensemble/support/ensemble.js';
import type { Member } from '../../ensemble/support/member.js';
import type { Vigil } from '../../ensemble/support/vigil.js';
import type { Mode } from '../../ensemble/support/words.js';
import { kazooPresent } from '../support/kazoo.js';
import { describeWithPeers } from '../support/peers.js';
import { underLoad, used } from './under-load.js';

let ensemble: Ensemble | null = null;
afterEach(async () => {
  await ensemble?.discard();
  ensemble = null;
});

interface Case {
  readonly role: Mode;
  /** Of servers that start with nothing, the one with the greatest number leads. */
  readonly servers: EnsembleOptions;
}

const CASES: readonly Case[] = [
  { role: 'follower', servers: { voters: ['pinfold', 'apache', 'apache'] } },
  { role: 'observer', servers: { voters: ['apache', 'apache', 'apache'], observers: ['pinfold'] } },
  { role: 'leader', servers: { voters: ['apache', 'apache', 'pinfold'] } },
];

/** It is killed, misses something, and comes back. */
async function away(member: Member, vigil: Vigil, meanwhile: () => void = () => undefined): Promise<void> {
  vigil.scene.recorder.fault(`server ${member.sid} is killed`);
  await member.kill();
  await used(vigil);
  meanwhile();
  member.start();
}

describeWithPeers('one pinfold server among those of Apache', [kazooPresent], () => {
  test.each(CASES)('is a good $role', async ({ role, servers }) => {
    const mixed = await Ensemble.start(servers);
    ensemble = mixed;
    const pinfold = mixed.members.find(({ kind }) => kind === 'pinfold') as Member;
    const apache = mixed.members.find(({ kind }) => kind === 'apache') as Member;
    expect((await pinfold.state())?.mode).toBe(role);
    const { faults, summary } = await underLoad(mixed, async (vigil) => {
      await used(vigil);
      // Where pinfold leads, it is the one that brings the others up to date: with what they miss, and with everything.
      const learner = role === 'leader' ? apache : pinfold;
      await away(learner, vigil);
      await mixed.serving();
      await used(vigil);
      await away(learner, vigil, () => learner.wipe());
      await mixed.serving();
      expect((await pinfold.state())?.mode).toBe(role);
      await used(vigil);
      // And the one that leads gives way to another.
      await away(await mixed.leader(), vigil);
      await mixed.serving();
      await used(vigil);
    });
    console.log(`${role}: ${summary}`);
    expect(faults).toEqual([]);
  });
});
