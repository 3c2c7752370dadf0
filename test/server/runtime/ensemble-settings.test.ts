import { expect, it } from 'vitest';
import { Client } from '../../../src/client/index.js';
import { startEnsemble } from '../../../src/testing/index.js';
import { askWord } from './support/ask-word.js';

it('has a leader that takes no clients with leaderServes=no', { timeout: 30_000 }, async () => {
  await using ensemble = await startEnsemble({ config: { leaderServes: 'no' } });
  const leader = ensemble.leader!;
  expect(await askWord(leader, 'srvr')).toMatch(/^Mode: leader$/m);
  await expect(Client.connect(leader.connectString, { timeoutMs: 300 })).rejects.toThrow();
  // Whoever is told of all finds one that does.
  await using client = await Client.connect(ensemble.connectString);
  await client.create('/a', 'x');
  await client.sync('/');
  expect((await client.getData('/a')).data?.toString()).toBe('x');
  expect(await askWord(leader, 'mntr')).toMatch(/^zk_global_sessions\t1$/m);
});

it.each([
  ['refuses their ephemerals', false],
  ['makes them known to all with their first ephemeral', true],
])('has sessions that one server knows with localSessionsEnabled, and %s', { timeout: 30_000 }, async (_, upgrades) => {
  const config = { localSessionsEnabled: true, localSessionsUpgradingEnabled: upgrades };
  await using ensemble = await startEnsemble({ config });
  const server = ensemble.servers.find(({ mode }) => mode === 'follower')!;
  const sessions = async () => {
    const text = await askWord(server, 'mntr');
    return ['global', 'local'].map((kind) => Number(new RegExp(`^zk_${kind}_sessions\t(\\d+)$`, 'm').exec(text)?.[1]));
  };
  await using client = await Client.connect(server.connectString);
  await client.create('/a', 'x');
  expect(await sessions()).toEqual([0, 1]);
  const ephemeral = client.create('/e', 'x', { mode: 'ephemeral' });
  if (upgrades) {
    await expect(ephemeral).resolves.toBeDefined();
    expect(await sessions()).toEqual([1, 0]);
  } else {
    await expect(ephemeral).rejects.toMatchObject({ code: 'EPHEMERAL_ON_LOCAL_SESSION' });
    expect(await sessions()).toEqual([0, 1]);
  }
});
