import { describe, expect, it } from 'vitest';
import { makeZxid, type Zxid } from '../../../src/protocol/zxid.js';
import { nodeRuntime, SILENT_LOGGER } from '../../../src/runtime/index.js';
import { FlushQueue } from '../../../src/server/net/flush-queue.js';
import { EnsembleReplica, type EnsembleReplicaDeps } from '../../../src/server/runtime/ensemble-replica.js';
import type { EnsembleServerConfig } from '../../../src/server/runtime/ensemble-server-config.js';
import { MemoryDisk } from '../../../src/server/storage/memory-disk.js';
import { receiveSnapshot } from '../../../src/server/storage/snapshot-receiver.js';
import type { ServerStorage } from '../../../src/server/storage/server-storage.js';
import { ServerStats } from '../../../src/server/words/server-stats.js';
import { CommittedLog } from '../../../src/server/zab/committed-log.js';
import type { CommittedZxid } from '../../../src/server/zab/durable.js';
import { entryOf as zabEntry, type Entry } from '../../../src/server/zab/entry.js';
import { QuorumConfig } from '../../../src/server/zab/quorum-config.js';
import { entryOf, Member, someSteps } from '../storage/support/member.js';
import { running } from '../storage/support/running-member.js';
import { treeText } from '../storage/support/tree-text.js';
import type { LoggedTxn } from '../storage/support/workload.js';

const THREE = QuorumConfig.parse('server.1=a:1:2\nserver.2=b:1:2\nserver.3=c:1:2');
const ENSEMBLE = { sid: 1, localSessionsEnabled: false, localSessionsUpgradingEnabled: false };

/** A device whose syncs wait until the test lets them go. */
function slowly(storage: ServerStorage): { readonly storage: ServerStorage; letGo: () => void } {
  let letGo: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (letGo = resolve));
  const slow = Object.assign(Object.create(storage) as ServerStorage, {
    commitAtOnce: () => null,
    commit: () => gate.then(() => storage.commit()),
  });
  return { storage: slow, letGo };
}

function replicaOf(storage: ServerStorage): { readonly replica: EnsembleReplica; readonly log: CommittedLog } {
  const runtime = nodeRuntime();
  const log = new CommittedLog({ entriesMax: 100, bytesMax: 100_000 });
  const replica = new EnsembleReplica({ tickTimeMs: 100, ensemble: ENSEMBLE } as EnsembleServerConfig, {
    ...{ runtime, logger: SILENT_LOGGER, storage, log, stats: new ServerStats() },
    flushQueue: new FlushQueue(runtime.timers),
    authenticator: {} as EnsembleReplicaDeps['authenticator'],
    owner: { serve: () => undefined } as unknown as EnsembleReplicaDeps['owner'],
    membership: { current: THREE, lastSeen: THREE, isSettled: true } as EnsembleReplicaDeps['membership'],
  });
  return { replica, log };
}

const proposals = (list: readonly LoggedTxn[]): Entry[] =>
  list.map((each) => zabEntry(each.header.zxid, entryOf(each)));

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a role that ends', () => {
  it('brings the log to the device first, then memory to the end of the log (ZOOKEEPER-4541, 4502, 4712)', async () => {
    const disk = new MemoryDisk({ tracksSync: true });
    const { member, workload } = await running(disk, 4);
    const { storage, letGo } = slowly(member.storage);
    const { replica, log } = replicaOf(storage);
    const { tree } = replica.state;
    for (const entry of proposals(workload.run(someSteps(3)))) replica.accept(entry);
    replica.commit(makeZxid(1, 5) as CommittedZxid);

    const ended: string[] = [];
    const ending = replica.endRole([]).then(() => ended.push('role'));
    for (let turns = 0; turns < 10; turns++) await turn();
    expect([ended, storage.durableZxid, tree.lastProcessedZxid]).toEqual([[], makeZxid(1, 4), makeZxid(1, 5)]);
    letGo();
    await ending;
    expect([storage.durableZxid, replica.lastLogged, tree.lastProcessedZxid, log.max]).toEqual(
      new Array<Zxid>(4).fill(makeZxid(1, 7)),
    );
    expect(tree.digest).toBe(workload.tree.digest);
    disk.crash();
    expect(treeText((await Member.start(disk)).storage.recovered)).toEqual(treeText(workload));
  });

  it('of a leader does the same with what it has proposed, once', async () => {
    const { member, workload } = await running(new MemoryDisk(), 4);
    const { replica, log } = replicaOf(member.storage);
    const proposed = proposals(workload.run(someSteps(3)));
    for (const entry of proposed) replica.persist(entry);
    await replica.endRole(proposed);
    await replica.endRole([]);
    expect(replica.state.tree.digest).toBe(workload.tree.digest);
    expect([...log].map(({ zxid }) => zxid).slice(-3)).toEqual(proposed.map(({ zxid }) => zxid));
    expect([...replica.state.sessionList()]).toEqual([...workload.sessions]);
  });
});

it('a snapshot for a learner has the sessions of the moment that its zxid names (ZOOKEEPER-3144)', async () => {
  const { member, workload } = await running(new MemoryDisk(), 4);
  const { replica } = replicaOf(member.storage);
  const [created] = workload.run([[0, 0, 0, 0]]);
  for (const entry of proposals([created!])) replica.accept(entry);
  replica.commit(created!.header.zxid as CommittedZxid);
  const at = replica.state.tree.lastProcessedZxid;
  const options = { extendedTypesEnabled: true, digestEnabled: true };
  const received = await receiveSnapshot(replica.snapshotStream()!, at, options);
  expect(at).toBe(created!.header.zxid);
  expect([...received.sessions.keys()]).toContain(created!.header.clientId);
  await replica.endRole([]);
});
