import { expect, test } from 'vitest';
import { ErrorCode, OpCode } from '../../../src/protocol/index.js';
import { describeWithCurator, PAIRS, type CuratorStage } from '../support/curator-stage.js';
import type { PeerKind, RecipePeer } from '../support/recipe-peer.js';
import { dumpTree } from '../support/wire-dump.js';
import { until } from '../support/until.js';

const NODES = 60;
const UNTIL_MS = 20_000;
const PROTECTED_NAME = /^_c_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-node$/;

type Entries = Readonly<Record<string, string>>;

describeWithCurator('caches and nodes shared with Curator', { rooms: ['caches'] }, (stage) => {
  test('CuratorCache: both write at once, and both copies become what the server has', async () => {
    const path = '/cache/tree';
    await stage.pinfold.call('node.set', path, 'root');
    await Promise.all([stage.curator, stage.pinfold].map((peer) => peer.call('cache.open', path, path, 'tree')));
    await Promise.all([stage.curator, stage.pinfold].map((peer) => write(peer, path)));
    const truth = await entriesOf(stage, path);
    expect(Object.keys(truth).length).toBeGreaterThan(NODES);
    for (const peer of [stage.curator, stage.pinfold]) await untilCopied(peer, path, truth);
  });

  test.each(PAIRS)('CuratorCache: what %s does is told by the cache of %s, in order', async (writer, reader) => {
    const path = `/cache/told/${writer}`;
    const [one, two] = [stage.peer(writer), stage.peer(reader)];
    await one.call('node.set', path, 'here');
    await two.call('cache.open', path, path, 'tree');
    await two.event('initialized', ({ name }) => name === path);
    await one.call('node.set', `${path}/a`, 'first');
    await told(two, path, 'NODE_CREATED', `${path}/a`);
    await one.call('node.set', `${path}/a`, 'second');
    await told(two, path, 'NODE_CHANGED', `${path}/a`);
    await one.call('node.delete', `${path}/a`);
    await told(two, path, 'NODE_DELETED', `${path}/a`);
    const events = two.events('cache').filter(({ name }) => name === path);
    expect(events.map(({ type, data }) => [type, data])).toEqual([
      ['NODE_CREATED', 'here'],
      ['NODE_CREATED', 'first'],
      ['NODE_CHANGED', 'second'],
      ['NODE_DELETED', null],
    ]);
  });

  test.each(PAIRS)('CuratorCache of one node: %s writes, %s sees that node and none below', async (writer, reader) => {
    const path = `/cache/single/${writer}`;
    const [one, two] = [stage.peer(writer), stage.peer(reader)];
    await two.call('cache.open', path, path, 'single');
    await one.call('node.set', `${path}/below`, 'unseen');
    await one.call('node.set', path, 'seen');
    await untilCopied(two, path, { [path]: 'seen' });
  });

  test.each(PAIRS)('PersistentNode: %s keeps it, %s deletes it, it comes back', async (keeper, other) => {
    const path = `/persistent/${keeper}/node`;
    const [one, two] = [stage.peer(keeper), stage.peer(other)];
    expect(await one.call('persistent.open', path, 'EPHEMERAL', 'plain', path, 'first')).toBe(path);
    await one.call('persistent.setData', path, 'second');
    await until(async () => (await dataOf(stage, path)) === 'second' || undefined, {
      what: 'the new data',
      timeoutMs: UNTIL_MS,
    });
    const before = await czxidOf(stage, path);
    await two.call('node.delete', path);
    await until(async () => ((await czxidOf(stage, path)) ?? 0) > (before ?? 0) || undefined, {
      what: 'the node to come back',
      timeoutMs: UNTIL_MS,
    });
    expect(await dataOf(stage, path)).toBe('second');
    await one.call('persistent.close', path);
    expect(await stage.children(`/persistent/${keeper}`, 0)).toEqual([]);
  });

  test.each(PAIRS)('PersistentNode: %s dies, and %s takes the place over', async (first, other) => {
    const path = `/persistent/dying/${first}/node`;
    const doomed = await stage.extra(first);
    await doomed.call('persistent.open', path, 'EPHEMERAL', 'plain', path, 'doomed');
    const before = await czxidOf(stage, path);
    const heir = stage.peer(other);
    const opening = heir.call('persistent.open', path, 'EPHEMERAL', 'plain', path, 'heir');
    await doomed.kill();
    expect(await opening).toBe(path);
    await until(async () => ((await czxidOf(stage, path)) ?? 0) > (before ?? 0) || undefined, {
      what: 'the node of the heir',
      timeoutMs: UNTIL_MS,
    });
    await until(async () => (await dataOf(stage, path)) === 'heir' || undefined, {
      what: 'the data of the heir',
      timeoutMs: UNTIL_MS,
    });
    await heir.call('persistent.close', path);
  });

  test('PersistentNode with protection: names of the same shape', async () => {
    for (const peer of [stage.curator, stage.pinfold]) {
      const path = `/persistent/protected/${peer.kind}/node`;
      const actual = await peer.call<string>('persistent.open', path, 'EPHEMERAL', 'protected', path, 'x');
      expect(actual.slice(actual.lastIndexOf('/') + 1)).toMatch(PROTECTED_NAME);
      await peer.call('persistent.close', path);
    }
  });

  test.each(PAIRS)('GroupMember: %s and %s see each other, and what changes', async (first, other) => {
    const path = `/group/${first}`;
    const [one, two] = [stage.peer(first), stage.peer(other)];
    await one.call('group.join', path, path, 'one', 'payload of one');
    await two.call('group.join', path, path, 'two', 'payload of two');
    const everybody = { one: 'payload of one', two: 'payload of two' };
    for (const peer of [one, two]) await untilMembers(peer, path, everybody);
    await one.call('group.setData', path, 'changed');
    await untilMembers(two, path, { ...everybody, one: 'changed' });
    const doomed = await stage.extra(first);
    await doomed.call('group.join', path, path, 'doomed', 'for a while');
    for (const peer of [one, two]) {
      await untilMembers(peer, path, { ...everybody, one: 'changed', doomed: 'for a while' });
    }
    await doomed.kill();
    for (const peer of [one, two]) await untilMembers(peer, path, { ...everybody, one: 'changed' });
    await one.call('group.leave', path);
    await untilMembers(two, path, { two: 'payload of two' });
    expect(await stage.witness.children(path)).toEqual(['two']);
    await two.call('group.leave', path);
  });
});

async function untilMembers(peer: RecipePeer, name: string, members: Entries): Promise<void> {
  let seen: Entries = {};
  const same = async (): Promise<true | undefined> => {
    seen = await peer.call<Entries>('group.members', name);
    return JSON.stringify(sorted(seen)) === JSON.stringify(sorted(members)) || undefined;
  };
  await until(same, { what: 'the members', timeoutMs: UNTIL_MS }).catch(() => undefined);
  expect(seen, `the members that ${peer.kind} sees`).toEqual(members);
}

/** Creates, changes and deletes below `path`, beside the other peer and on top of what it did. */
async function write(peer: RecipePeer, path: string): Promise<void> {
  const own: PeerKind = peer.kind;
  for (let at = 0; at < NODES; at += 1) {
    await peer.call('node.set', `${path}/${own}/${at}`, `${own} ${at}`);
    await peer.call('node.set', `${path}/common/${at}`, `${own} was here`);
    if (at % 3 === 0) await peer.call('node.delete', `${path}/${own}/${at}`);
  }
}

async function entriesOf(stage: CuratorStage, path: string): Promise<Entries> {
  const tree = await dumpTree(stage.witness, path);
  return Object.fromEntries(Object.entries(tree).map(([at, { data }]) => [at, data ?? '']));
}

async function untilCopied(peer: RecipePeer, name: string, truth: Entries): Promise<void> {
  let copy: Entries = {};
  const same = async (): Promise<true | undefined> => {
    copy = await peer.call<Entries>('cache.entries', name);
    return JSON.stringify(sorted(copy)) === JSON.stringify(sorted(truth)) || undefined;
  };
  await until(same, { what: `the copy of ${peer.kind}`, timeoutMs: UNTIL_MS, everyMs: 50 }).catch(() => undefined);
  expect(copy, `the copy of ${peer.kind}`).toEqual(truth);
}

function sorted(entries: Entries): readonly (readonly [string, string])[] {
  return Object.entries(entries).sort(([one], [other]) => (one < other ? -1 : 1));
}

async function told(peer: RecipePeer, name: string, type: string, path: string): Promise<void> {
  await peer.event('cache', (event) => event.name === name && event['type'] === type && event['path'] === path);
}

async function dataOf(stage: CuratorStage, path: string): Promise<string | null> {
  const { body } = await stage.witness.request(OpCode.getData, { path, watch: false });
  return body?.data?.toString() ?? null;
}

async function czxidOf(stage: CuratorStage, path: string): Promise<number | null> {
  const { body, err } = await stage.witness.request(OpCode.exists, { path, watch: false });
  if (body === null && err !== ErrorCode.NONODE) throw new Error(`exists ${path}: error ${err}`);
  return body?.stat.czxid ?? null;
}
