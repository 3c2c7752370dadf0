import { describe, expect, it, vi } from 'vitest';
import { freePorts } from '../../../src/cli/free-ports.js';
import type { Client } from '../../../src/client/index.js';
import { Client as PinfoldClient } from '../../../src/client/index.js';
import { startEnsemble, type TestEnsemble } from '../../../src/testing/index.js';

const WAIT = { timeout: 20_000 };

const changeable = (options: { servers?: number; observers?: number } = {}) =>
  startEnsemble({ ...options, config: { reconfigEnabled: true, skipACL: 'yes', snapCount: 50 } });

const text = (data: Buffer | null): string => data?.toString() ?? '';

/** Roles by sid, as the config node of each server tells them. */
async function membersAt(client: Client): Promise<string[]> {
  const { data } = await client.getConfig();
  return text(data)
    .split('\n')
    .flatMap((line) => {
      const [, sid, role] = /^server\.(\d+)=[^;]*:(participant|observer)/.exec(line) ?? [];
      return sid === undefined ? [] : [`${sid} ${role ?? ''}`];
    });
}

async function everybodyHas(ensemble: TestEnsemble, members: readonly string[]): Promise<void> {
  for (const server of ensemble.servers) {
    await using client = await PinfoldClient.connect(server.connectString);
    await vi.waitUntil(async () => (await membersAt(client)).join() === members.join(), WAIT);
  }
}

const until = (condition: () => boolean | Promise<boolean>) => vi.waitUntil(condition, WAIT);

describe('an ensemble whose members change', () => {
  it('has its first members at the beginning of its first epoch', async () => {
    await using ensemble = await changeable();
    for (const { connectString } of ensemble.servers) {
      await using client = await PinfoldClient.connect(connectString);
      const { data, stat } = await client.getConfig();
      expect(text(data)).toMatch(/^server\.1=member-1.invalid:2888:3888:participant\n[^]*\nversion=100000000$/);
      expect(stat).toMatchObject({ version: -1, aversion: -1, mzxid: 0x1_0000_0000 });
    }
  });

  it('takes a server on as an observer, makes it a voter, and lets one go', async () => {
    await using ensemble = await changeable();
    const joining = await ensemble.add('observer');
    await joining.serving();
    expect(joining.mode).toBe('follower');
    await using client = await PinfoldClient.connect(ensemble.server(1).connectString);
    const before = ensemble.leader;

    const { config, stat } = await client.reconfig({ joining: ensemble.memberLine(4, 'observer') });
    expect(config).toContain(ensemble.memberLine(4, 'observer'));
    expect(config).toMatch(new RegExp(`version=${stat.mzxid.toString(16)}$`));
    await until(() => joining.mode === 'observer');
    await client.create('/seen', 'by an observer');

    await client.reconfig({ joining: ensemble.memberLine(4) });
    await until(() => joining.mode === 'follower');
    await everybodyHas(ensemble, ['1 participant', '2 participant', '3 participant', '4 participant']);

    const leaving = ensemble.servers.find(({ mode, sid }) => mode === 'follower' && sid !== 1 && sid !== 4)!;
    await client.reconfig({ leaving: String(leaving.sid) });
    expect((await membersAt(client)).length).toBe(3);
    // It goes on without a vote.
    expect(leaving.mode).toBe('follower');
    await using atLeaving = await PinfoldClient.connect(leaving.connectString);
    await atLeaving.create('/through-it', 'x');
    expect(ensemble.leader).toBe(before);
    await using atJoined = await PinfoldClient.connect(joining.connectString);
    await atJoined.sync('/');
    expect((await atJoined.getChildren('/')).children.sort()).toEqual(['seen', 'through-it', 'zookeeper']);
  });

  it('goes on under a named leader when its leader is let go, and loses no write', async () => {
    await using ensemble = await changeable();
    const old = ensemble.leader!;
    const others = ensemble.servers.filter((server) => server !== old);
    await using writer = await PinfoldClient.connect(others.map(({ connectString }) => connectString).join());
    await using client = await PinfoldClient.connect(others[0]!.connectString);
    await writer.create('/n', '');
    const written: string[] = [];
    let isOver = false;
    const writing = (async () => {
      for (let i = 0; !isOver; i++) {
        await writer.create(`/n/${String(i)}`, '').then(
          ({ path }) => written.push(path),
          () => undefined,
        );
      }
    })();
    await until(() => written.length > 20);
    await client.reconfig({ leaving: String(old.sid) });
    await until(() => ensemble.leader !== null && ensemble.leader !== old);
    const count = written.length;
    await until(() => written.length > count + 20);
    isOver = true;
    await writing;
    await old.serving();
    expect(old.mode).toBe('follower');
    for (const server of ensemble.servers) {
      await using reader = await PinfoldClient.connect(server.connectString);
      await reader.sync('/');
      const found = new Set((await reader.getChildren('/n')).children.map((name) => `/n/${name}`));
      expect(written.filter((path) => !found.has(path))).toEqual([]);
    }
    await everybodyHas(
      ensemble,
      others.map(({ sid }) => `${String(sid)} participant`),
    );
    // Whoever is no member does not count: the others are as many as they need.
    await old.stop();
    await using survivor = await PinfoldClient.connect(ensemble.leader!.connectString);
    await survivor.create('/without', 'x');
  });

  it('finds its members again when all of it is started again', async () => {
    await using ensemble = await changeable();
    const joined = await ensemble.add();
    await joined.serving();
    const leaving = ensemble.servers.find(({ mode, sid }) => mode === 'follower' && sid !== 1)!;
    const members = ensemble.servers.filter((server) => server !== leaving);
    const roles = members.map(({ sid }) => `${String(sid)} participant`);
    {
      await using client = await PinfoldClient.connect(ensemble.server(1).connectString);
      await client.reconfig({ joining: ensemble.memberLine(4), leaving: String(leaving.sid) });
      await client.create('/kept', 'x');
      await everybodyHas(ensemble, roles);
    }
    await Promise.all(ensemble.servers.map((server) => server.stop()));
    await Promise.all(members.map((server) => server.start()));
    await Promise.all(members.map((server) => server.serving()));
    for (const { connectString } of members) {
      await using client = await PinfoldClient.connect(connectString);
      await client.sync('/');
      expect(await membersAt(client)).toEqual(roles);
      expect((await client.getChildren('/')).children).toContain('kept');
    }
    await using client = await PinfoldClient.connect(members[0]!.connectString);
    const next = members.find(({ mode }, index) => index > 0 && mode === 'follower')!;
    await client.reconfig({ leaving: String(next.sid) });
    expect((await membersAt(client)).length).toBe(2);
    // One that is no member is not started: it would wait for nobody.
    await expect(leaving.start()).rejects.toThrow(`there is no server.${String(leaving.sid)}`);
  });

  it('answers a client of the leader that is let go by that', async () => {
    await using ensemble = await changeable();
    const old = ensemble.leader!;
    await using client = await PinfoldClient.connect(old.connectString);
    const { config } = await client.reconfig({ leaving: String(old.sid) });
    expect(config).not.toContain(`server.${String(old.sid)}=`);
    await until(() => old.mode === 'follower');
  });

  it('can be one server, and grow', async () => {
    await using ensemble = await changeable({ servers: 1 });
    for (const sid of [2, 3]) {
      const server = await ensemble.add();
      await server.serving();
      await using client = await PinfoldClient.connect(ensemble.server(1).connectString);
      await client.reconfig({ joining: ensemble.memberLine(sid) });
    }
    await everybodyHas(ensemble, ['1 participant', '2 participant', '3 participant']);
    await ensemble.server(1).stop();
    await until(() => ensemble.leader !== null);
    await using other = await PinfoldClient.connect(ensemble.leader!.connectString);
    await other.create('/after', 'x');
  });

  it('follows its members to other ports', async () => {
    await using ensemble = await changeable();
    const leader = ensemble.leader!;
    const [moving, other] = ensemble.servers.filter((server) => server !== leader);
    await using client = await PinfoldClient.connect(other!.connectString);
    await using staying = await PinfoldClient.connect(moving!.connectString);
    const moved = (sid: number, clientPort: number): string =>
      `server.${String(sid)}=member-${String(sid)}.invalid:2999:3999:participant;127.0.0.1:${String(clientPort)}`;
    const [port, leaderPort] = await freePorts('127.0.0.1', 2);
    await client.reconfig({ joining: moved(moving!.sid!, port!) });
    await until(() =>
      PinfoldClient.connect(`127.0.0.1:${String(port)}`, { connectTimeoutMs: 1000 }).then(
        (found) => found.close().then(() => true),
        () => false,
      ),
    );
    // Who was there is not sent away.
    await staying.create('/stayed', '');
    // A leader that is to be found elsewhere hands over.
    await client.reconfig({ joining: moved(leader.sid!, leaderPort!) });
    await until(() => ensemble.leader !== null && ensemble.leader !== leader);
    await Promise.all(ensemble.servers.map((server) => server.serving()));
    // At their new places they find each other, and are found.
    await ensemble.leader!.stop();
    await until(() => ensemble.leader !== null);
    await using late = await PinfoldClient.connect(
      [port, leaderPort]
        .map((each) => `127.0.0.1:${String(each)}`)
        .join()
        .concat(',', other!.connectString),
    );
    await late.create('/late', '');
  });

  it('tells who watches the members', async () => {
    await using ensemble = await changeable();
    await using client = await PinfoldClient.connect(ensemble.server(1).connectString);
    const { watch } = await client.getConfig({ watch: true });
    await client.reconfig({ leaving: '99' });
    const event = await watch[Symbol.asyncIterator]().next();
    expect(event.value).toMatchObject({ path: '/zookeeper/config' });
  });

  it('stays as it is where that is asked for, and says why', async () => {
    await using ensemble = await changeable();
    await using client = await PinfoldClient.connect(ensemble.server(1).connectString);
    const joining = ensemble.memberLine(1).replace('server.1=', 'server.5=');
    await expect(client.reconfig({ joining })).rejects.toMatchObject({ code: 'BAD_ARGUMENTS' });
    await expect(client.reconfig({ leaving: '1', configId: 1 })).rejects.toMatchObject({ code: 'BAD_VERSION' });
    await expect(client.reconfig({ members: 'server.7=h:1:2:participant;3' })).rejects.toMatchObject({
      code: 'NEW_CONFIG_NO_QUORUM',
    });
    expect(await membersAt(client)).toEqual(['1 participant', '2 participant', '3 participant']);
  });
});

describe('an ensemble whose members are fixed', () => {
  it('shows them at no version, and refuses to change them', async () => {
    await using ensemble = await startEnsemble({ config: { skipACL: 'yes' } });
    await using client = await PinfoldClient.connect(ensemble.server(1).connectString);
    const { data, stat } = await client.getConfig();
    expect(text(data)).toMatch(/^server\.1=.*\nserver\.2=.*\nserver\.3=.*\nversion=0$/);
    expect(stat).toMatchObject({ version: -1, mzxid: 0 });
    await expect(client.reconfig({ leaving: '1' })).rejects.toMatchObject({ code: 'RECONFIG_DISABLED' });
  });
});
