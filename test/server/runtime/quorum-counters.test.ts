import { expect, it, vi } from 'vitest';
import { Client } from '../../../src/client/index.js';
import type { TestServer } from '../../../src/testing/index.js';
import { startEnsemble } from '../../../src/testing/index.js';
import { askWord } from './support/ask-word.js';

const WRITES = 20;

/** What `mntr` has under these names. */
async function monitored(server: TestServer, ...names: string[]): Promise<number[]> {
  const text = await askWord(server, 'mntr');
  const values = new Map(text.split('\n').map((line) => line.split('\t') as [string, string]));
  return names.map((name) => Number(values.get(`zk_${name}`)));
}

it('members count what they do for each other', { timeout: 30_000 }, async () => {
  await using ensemble = await startEnsemble({ observers: 1 });
  const leader = ensemble.leader!;
  const followers = ensemble.servers.filter(({ mode }) => mode === 'follower');
  const observer = ensemble.server(4);
  await using client = await Client.connect(followers[0]!.connectString);
  for (let i = 0; i < WRITES; i++) await client.create(`/${i}`, 'x');
  // With the session's beginning.
  const all = WRITES + 1;
  const settled = async () => (await monitored(observer, 'learner_commit_received_count'))[0] === all;
  await vi.waitUntil(settled, { timeout: 10_000 });
  const counts = ['proposal_count', 'commit_count', 'request_commit_queued', 'outstanding_changes_removed'];
  expect(await monitored(leader, ...counts)).toEqual([all, all, all, all]);
  const received = ['learner_proposal_received_count', 'learner_commit_received_count', 'request_commit_queued'];
  for (const follower of followers) {
    await vi.waitUntil(async () => (await monitored(follower, 'request_commit_queued'))[0] === all);
    expect(await monitored(follower, ...received)).toEqual([all, all, all]);
    expect(await monitored(follower, ...counts)).toEqual([0, 0, all, 0]);
    expect(await monitored(follower, 'cnt_propagation_latency')).toEqual([all]);
  }
  expect(await monitored(observer, ...received)).toEqual([0, all, all]);

  const timed = followers.map(({ sid }) => `cnt_${String(sid)}_ack_latency`);
  const [quorum, ...each] = await monitored(leader, 'cnt_quorum_ack_latency', ...timed);
  expect(quorum).toBeGreaterThan(0);
  expect(quorum).toBeLessThanOrEqual(all);
  for (const count of each) expect(count).toBeGreaterThan(0);
  const [diffs, snapshots] = await monitored(leader, 'diff_count', 'snap_count');
  expect(diffs! + snapshots!).toBeGreaterThanOrEqual(3);
});

it('counts the sessions it had asked about, and who came while it had no leader', { timeout: 30_000 }, async () => {
  await using ensemble = await startEnsemble();
  const leader = ensemble.leader!;
  const [from, to] = ensemble.servers.filter(({ mode }) => mode === 'follower') as [TestServer, TestServer];
  await using client = await Client.connect(`${from.connectString},${to.connectString}`);
  await client.create('/a', 'x');
  const home = (await monitored(from, 'global_sessions', 'num_alive_connections'))[1] === 2 ? from : to;
  const other = home === from ? to : from;
  await home.stop();
  await vi.waitUntil(async () => (await monitored(other, 'revalidate_count'))[0] === 1, { timeout: 10_000 });

  await other.stop();
  await vi.waitUntil(() => leader.mode === null);
  await expect(Client.connect(leader.connectString, { timeoutMs: 200 })).rejects.toThrow();
  await home.start();
  await leader.serving();
  expect((await monitored(leader, 'cnxn_closed_without_zk_server_running'))[0]).toBeGreaterThan(0);
});
