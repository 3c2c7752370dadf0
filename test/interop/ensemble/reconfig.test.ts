import { afterEach, expect, test } from 'vitest';
import { Client } from '../../../src/client/index.js';
import { Ensemble } from '../../ensemble/support/ensemble.js';
import { describeWithPeers } from '../support/peers.js';
import { until } from '../support/until.js';
import { zkCliOnce, zkCliPresent } from '../support/zkcli.js';

let ensemble: Ensemble | null = null;
afterEach(async () => {
  await ensemble?.discard();
  ensemble = null;
});

const CONFIG = { reconfigEnabled: true, standaloneEnabled: false, skipACL: 'yes' };

/** The members, as every server tells them in the end. */
async function agreed(mixed: Ensemble): Promise<string> {
  const told = async (): Promise<string | undefined> => {
    const texts = new Set<string>();
    for (const { connectString } of mixed.members) {
      await using client = await Client.connect(connectString);
      texts.add((await client.getConfig()).data?.toString().split('\n').sort().join('\n') ?? '');
    }
    return texts.size === 1 ? [...texts][0] : undefined;
  };
  const orLater = (): Promise<string | undefined> => told().catch(() => undefined);
  return until(orLater, { what: 'all servers have the same members', timeoutMs: 60_000 });
}

const voters = (config: string): number[] => [...config.matchAll(/^server\.(\d+)/gm)].map(([, sid]) => Number(sid));

describeWithPeers('members of a mixed ensemble', [zkCliPresent], () => {
  test('come and go, whoever leads', async () => {
    const mixed = await Ensemble.start({ voters: ['pinfold', 'apache', 'apache'], config: CONFIG });
    ensemble = mixed;
    const reconfig = async (at: number, ...args: string[]) =>
      (await zkCliOnce(mixed.member(at).connectString, ['reconfig', ...args])).stdout;
    const line = (sid: number): string => {
      const { host, quorum, election, client } = mixed.ground.address(sid, sid);
      return `server.${sid}=${host}:${quorum}:${election}:participant;${host}:${client}`;
    };

    const leader = await mixed.leader();
    const other = leader.sid === 2 ? 3 : 2;
    expect(await reconfig(1, '-remove', String(other))).toContain('Committed new configuration');
    expect(voters(await agreed(mixed))).toEqual([1, leader.sid]);
    // Apache's leader names pinfold.
    await reconfig(1, '-remove', String(leader.sid));
    expect(voters(await agreed(mixed))).toEqual([1]);
    expect((await mixed.serving()).sid).toBe(1);
    // A leader of pinfold's takes Apache's servers on, which have followed it without a vote, and names one of them.
    expect(await reconfig(2, '-add', line(2))).toContain('Committed new configuration');
    expect(await reconfig(3, '-add', line(3))).toContain('Committed new configuration');
    await reconfig(2, '-remove', '1');
    expect(voters(await agreed(mixed))).toEqual([2, 3]);
    expect((await mixed.serving()).sid).toBe(2);
    await using client = await Client.connect(mixed.member(1).connectString);
    await client.create('/through-one-without-a-vote', '');
  });
});
