import { describe, expect, it, vi } from 'vitest';
import { Client } from '../../src/client/index.js';
import { startEnsemble } from '../../src/testing/index.js';

describe('an ensemble in this process', () => {
  it('serves at every member, one of which leads', async () => {
    await using ensemble = await startEnsemble();
    expect(ensemble.servers.map(({ mode }) => mode).sort()).toEqual(['follower', 'follower', 'leader']);
    for (const { connectString, sid } of ensemble.servers) {
      await using client = await Client.connect(connectString);
      await client.create(`/at-${String(sid)}`, 'x');
    }
    await using client = await Client.connect(ensemble.connectString);
    await client.sync('/');
    expect((await client.getChildren('/')).children.sort()).toEqual(['at-1', 'at-2', 'at-3', 'zookeeper']);
  });

  it('goes on without its leader, and takes it back', async () => {
    await using ensemble = await startEnsemble();
    await using client = await Client.connect(ensemble.connectString);
    await client.create('/before', 'x');
    const old = ensemble.leader!;
    await old.stop();
    await vi.waitUntil(() => ensemble.leader !== null, { timeout: 10_000 });
    expect(ensemble.leader).not.toBe(old);
    await vi.waitUntil(
      () =>
        client.create('/after', 'x').then(
          () => true,
          () => false,
        ),
      { timeout: 10_000 },
    );
    await old.start();
    await old.serving();
    await using late = await Client.connect(old.connectString);
    await late.sync('/');
    expect((await late.getChildren('/')).children).toContain('after');
  });

  it('has observers, which serve and do not vote', async () => {
    await using ensemble = await startEnsemble({ servers: 1, observers: 1 });
    expect(ensemble.server(2).mode).toBe('observer');
    await using client = await Client.connect(ensemble.server(2).connectString);
    await client.create('/seen', 'x');
    expect((await client.getData('/seen')).data?.toString()).toBe('x');
  });

  it('refuses numbers that make none', async () => {
    await expect(startEnsemble({ servers: 0 })).rejects.toThrow('servers is 0');
    await expect(startEnsemble({ observers: -1 })).rejects.toThrow('observers is -1');
    await using ensemble = await startEnsemble({ servers: 1 });
    expect(() => ensemble.server(4)).toThrow('there is no server 4');
  });
});
