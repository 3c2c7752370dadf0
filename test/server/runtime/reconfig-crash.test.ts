import { expect, it, vi } from 'vitest';
import { Client } from '../../../src/client/index.js';
import { PacketType } from '../../../src/protocol/quorum/packet-type.js';
import { LossyEnsemble, type Loss } from './support/lossy-ensemble.js';

const SIDS = [1, 2, 3];
const until = (condition: () => boolean | Promise<boolean>) => vi.waitUntil(condition, { timeout: 20_000 });

const says =
  (type: number): Loss =>
  (chunk) =>
    chunk.includes(Buffer.from([0, 0, 0, type, 0, 0, 0, 1]));
const proposesMembers: Loss = (chunk) => says(PacketType.PROPOSAL)(chunk) && chunk.includes('/zookeeper/config');

async function configAt(ensemble: LossyEnsemble, sid: number): Promise<string> {
  await using client = await Client.connect(ensemble.addressOf(sid));
  return (await client.getConfig()).data?.toString() ?? '';
}

async function formed(ensemble: LossyEnsemble, sids: readonly number[] = SIDS): Promise<number> {
  for (const sid of sids) await ensemble.start(sid);
  await until(() => sids.every((sid) => ensemble.server(sid).isServing));
  return ensemble.leader!;
}

it('a change of members that was committed is kept by followers that have heard only of its proposal', async () => {
  await using ensemble = new LossyEnsemble(SIDS);
  const leader = await formed(ensemble);
  const others = SIDS.filter((sid) => sid !== leader);
  ensemble.network.loss = says(PacketType.COMMITANDACTIVATE);
  {
    await using client = await Client.connect(ensemble.addressOf(leader));
    const joining = 'server.9=nowhere.invalid:2888:3888:observer;2181';
    expect((await client.reconfig({ joining })).config).toContain('server.9=');
  }
  await ensemble.crash(...SIDS);
  ensemble.network.stopLosing();

  await formed(ensemble, others);
  for (const sid of others) expect(await configAt(ensemble, sid)).toContain('server.9=');
  await ensemble.start(leader);
  await until(() => ensemble.server(leader).isServing);
  expect(await configAt(ensemble, leader)).toBe(await configAt(ensemble, others[0]!));
});

it('a change of members that only its leader has heard of is forgotten when others go on without it', async () => {
  await using ensemble = new LossyEnsemble(SIDS);
  const leader = await formed(ensemble);
  const others = SIDS.filter((sid) => sid !== leader);
  const before = await configAt(ensemble, leader);
  ensemble.network.loss = proposesMembers;
  const next = `/${String(leader)}/zoo.cfg.dynamic.next`;
  {
    await using client = await Client.connect(ensemble.addressOf(leader));
    const answer = client.reconfig({ leaving: String(others[0]) }).catch((error: unknown) => error);
    await until(() => ensemble.disks.get(leader)!.onDevice(next) !== null);
    await ensemble.crash(...SIDS);
    expect(await answer).toMatchObject({ code: 'CONNECTION_LOSS' });
  }
  ensemble.network.stopLosing();

  await formed(ensemble, others);
  await using client = await Client.connect(ensemble.addressOf(others[0]!));
  await client.create('/on', '');
  await ensemble.start(leader);
  await until(() => ensemble.server(leader).isServing);
  for (const sid of SIDS) expect(await configAt(ensemble, sid)).toBe(before);
  await until(() => ensemble.disks.get(leader)!.onDevice(next) === null);
  // Nothing is in the way of another one.
  const { config } = await client.reconfig({ leaving: String(leader) });
  expect(config).not.toContain(`server.${String(leader)}=`);
});

it('a change of members that a quorum has acknowledged is brought about by whoever leads next', async () => {
  await using ensemble = new LossyEnsemble(SIDS);
  const leader = await formed(ensemble);
  const others = SIDS.filter((sid) => sid !== leader);
  // It leaves itself, and is gone before anybody hears that this was agreed upon.
  ensemble.network.loss = says(PacketType.COMMITANDACTIVATE);
  {
    await using client = await Client.connect(ensemble.addressOf(leader));
    await client.reconfig({ leaving: String(leader) }).catch((error: unknown) => {
      expect(error).toMatchObject({ code: 'CONNECTION_LOSS' });
    });
  }
  await ensemble.crash(...SIDS);
  ensemble.network.stopLosing();

  const next = await formed(ensemble, others);
  expect(others).toContain(next);
  for (const sid of others) expect(await configAt(ensemble, sid)).not.toContain(`server.${String(leader)}=`);
});

it('a server that cannot write down who the members are stops, and the others go on', async () => {
  await using ensemble = new LossyEnsemble(SIDS);
  for (const sid of SIDS) await ensemble.start(sid);
  ensemble.disks.get(1)!.intercept((_, path) => {
    if (path.includes('.dynamic')) throw new Error('a read-only file system');
  });
  const failure = await ensemble.server(1).failed;
  expect(failure.message).toMatch(
    /^\/1\/zoo\.cfg: the members .* could not be written beside it: a read-only file system/,
  );
  await until(() => [2, 3].every((sid) => ensemble.server(sid).isServing));
  expect(await configAt(ensemble, 2)).toMatch(/version=[1-9a-f]00000000$/);
});

it('a server that can write neither that down nor the end of its log stops all the same', async () => {
  await using ensemble = new LossyEnsemble(SIDS);
  const leader = await formed(ensemble);
  const sid = SIDS.find((each) => each !== leader)!;
  await using client = await Client.connect(ensemble.addressOf(leader));
  await client.create('/logged');
  let isBroken = false;
  ensemble.disks.get(sid)!.intercept((action, path) => {
    isBroken ||= path.includes('.dynamic');
    if (isBroken && (action === 'truncate' || path.includes('.dynamic'))) throw new Error('a read-only file system');
  });
  await client.reconfig({ joining: 'server.9=nowhere.invalid:2888:3888:observer;2181' });
  expect((await ensemble.server(sid).failed).message).toMatch(/the members .* could not be written beside it/);
  await ensemble.crash(sid);
});
