import { afterEach, expect, test } from 'vitest';
import { Ensemble } from '../../ensemble/support/ensemble.js';
import type { MemberKind } from '../../ensemble/support/member-kinds.js';
import type { Vigil } from '../../ensemble/support/vigil.js';
import { kazooPresent } from '../support/kazoo.js';
import { describeWithPeers } from '../support/peers.js';
import { underLoad, used } from './under-load.js';

let ensemble: Ensemble | null = null;
afterEach(async () => {
  await ensemble?.discard();
  ensemble = null;
});

async function replaceAll(from: Ensemble, kind: MemberKind, vigil: Vigil): Promise<string[]> {
  const story: string[] = [];
  for (const member of from.members) {
    vigil.scene.recorder.fault(`server ${member.sid} becomes ${kind}`);
    await member.stop();
    member.start(kind);
    const leader = await from.serving();
    story.push(`${from.members.map((each) => each.kind).join(' ')}, led by ${leader.kind}`);
    await used(vigil);
  }
  return story;
}

describeWithPeers('three servers of Apache under load', [kazooPresent], () => {
  test('are replaced by pinfold one at a time, and back again, and nobody notices', async () => {
    ensemble = await Ensemble.start({ voters: ['apache', 'apache', 'apache'] });
    const servers = ensemble;
    const story: string[] = [];
    const { faults, summary } = await underLoad(servers, async (vigil) => {
      await used(vigil);
      story.push(...(await replaceAll(servers, 'pinfold', vigil)));
      story.push(...(await replaceAll(servers, 'apache', vigil)));
    });
    console.log([...story, summary].join('\n'));
    expect(faults).toEqual([]);
  });
});
