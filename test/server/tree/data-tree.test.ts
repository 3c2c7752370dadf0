import { describe, expect, it } from 'vitest';
import { DataTree } from '../../../src/server/tree/data-tree.js';
import {
  create,
  create2,
  createContainer,
  createTtl,
  remove,
  setAcl,
  setData,
  TreeHarness,
  aclOf,
} from './support/tree-harness.js';

describe('a fresh tree', () => {
  const tree = new DataTree({ extendedTypesEnabled: true, digestEnabled: true });
  const stat = (path: string): unknown => {
    const { cversion, numChildren, aversion, dataLength, czxid } = tree.stat(tree.find(path)!);
    return { cversion, numChildren, aversion, dataLength, czxid };
  };

  it('holds the reserved nodes with the stats of client-protocol 4.8', () => {
    expect(stat('/')).toEqual({ cversion: -1, numChildren: 1, aversion: 0, dataLength: 0, czxid: 0 });
    expect(stat('/zookeeper')).toEqual({ cversion: -2, numChildren: 2, aversion: 0, dataLength: 0, czxid: 0 });
    expect(stat('/zookeeper/quota')).toEqual({ cversion: 0, numChildren: 0, aversion: 0, dataLength: 0, czxid: 0 });
    expect(stat('/zookeeper/config')).toEqual({ cversion: 0, numChildren: 0, aversion: -1, dataLength: 0, czxid: 0 });
    expect(tree.find('/zookeeper/config')!.acl.worldPerms).toBe(1);
    expect(tree.find('/')!.data).toEqual(Buffer.alloc(0));
  });

  it('has the digest, the node count and the size that ZooKeeper gives it', () => {
    expect(tree.digest).toBe(0x51c6d660n);
    expect(tree.nodeCount).toBe(5);
    expect(tree.approximateDataSize).toBe(44);
    expect(tree.lastProcessedZxid).toBe(0);
  });

  it('finds the root by the empty path, too', () => {
    expect(tree.find('')).toEqual(tree.find('/'));
    expect(tree.find('/zookeeper/')).toBeUndefined();
  });

  it('has digest 0 when digests are off', () => {
    const off = new TreeHarness({ digestEnabled: false });
    expect(off.prepare(create('/a')).digest).toBeNull();
    off.given(create('/b'), setData('/b', 'x'), setAcl('/b', [aclOf(1, 'world', 'anyone')]));
    expect(off.tree.digest).toBe(0n);
  });
});

describe('stats', () => {
  it('of a new node: all versions 0, all zxids its own', () => {
    const { stat } = new TreeHarness().write(create2('/a', { data: 'abc' }));
    expect(stat).toEqual({
      czxid: 1,
      mzxid: 1,
      pzxid: 1,
      ctime: 1_000_001,
      mtime: 1_000_001,
      version: 0,
      cversion: 0,
      aversion: 0,
      ephemeralOwner: 0n,
      dataLength: 3,
      numChildren: 0,
    });
  });

  it('count creations and deletions of children in cversion, and move only pzxid with them', () => {
    const tree = new TreeHarness().given(create('/a'), create('/a/x'), create('/a/y'), remove('/a/x'));
    expect(tree.stat('/a')).toMatchObject({ cversion: 3, numChildren: 1, pzxid: 4, mzxid: 1, version: 0, czxid: 1 });
    expect(tree.tree.find('/a')!.storedCversion).toBe(2);
  });

  it('move mzxid, mtime and version with setData, and aversion alone with setACL', () => {
    const tree = new TreeHarness().given(create('/a'), setData('/a', 'xy'));
    expect(tree.stat('/a')).toMatchObject({ version: 1, mzxid: 2, mtime: 1_000_002, ctime: 1_000_001, dataLength: 2 });
    const before = tree.stat('/a');
    tree.given(setAcl('/a', [aclOf(1, 'world', 'anyone')]));
    expect(tree.stat('/a')).toEqual({ ...before, aversion: 1 });
  });

  it('show owners of ephemerals only', () => {
    const tree = new TreeHarness().given(create('/e', { flags: 1 }), createContainer('/c'), createTtl('/t', 5000));
    expect(tree.stat('/e').ephemeralOwner).toBe(0x1_0000_0001n);
    expect(tree.stat('/c').ephemeralOwner).toBe(0n);
    expect(tree.stat('/t').ephemeralOwner).toBe(0n);
    expect(tree.tree.find('/c')!.owner).toBe(-(2n ** 63n));
    expect(BigInt.asUintN(64, tree.tree.find('/t')!.owner)).toBe(0xff00_0000_0000_1388n);
  });

  it('handed out are copies; nodes are live', () => {
    const tree = new TreeHarness().given(create('/a'));
    const node = tree.tree.find('/a')!;
    const copy = tree.tree.stat(node);
    tree.given(setData('/a', 'x'));
    expect(copy.version).toBe(0);
    expect(node.version).toBe(1);
  });

  it('keep null and empty data apart', () => {
    const tree = new TreeHarness().given(create('/null', { data: null }), create('/empty'));
    expect(tree.tree.find('/null')!.data).toBeNull();
    expect(tree.tree.find('/empty')!.data).toEqual(Buffer.alloc(0));
    expect(tree.stat('/null').dataLength).toBe(0);
  });
});

describe('the counters of a tree', () => {
  it('follow creates, changes and deletes', () => {
    const tree = new TreeHarness().given(create('/abc', { data: '12345' }), create('/abc/d', { flags: 1 }));
    expect(tree.tree.nodeCount).toBe(7);
    expect(tree.tree.ephemeralCount).toBe(1);
    expect(tree.tree.approximateDataSize).toBe(44 + 4 + 5 + 6);
    tree.given(setData('/abc', null), remove('/abc/d'));
    expect(tree.tree.nodeCount).toBe(6);
    expect(tree.tree.ephemeralCount).toBe(0);
    expect(tree.tree.approximateDataSize).toBe(44 + 4);
    tree.given(remove('/abc'));
    expect(tree.tree.approximateDataSize).toBe(44);
  });

  it('list ephemerals by session', () => {
    const tree = new TreeHarness().given(create('/a', { flags: 1 }), create('/b', { flags: 1 }));
    tree.write(create('/c', { flags: 1 }), { sessionId: 9n });
    expect([...tree.tree.ephemeralOwners()].map(([id, paths]) => [id, [...paths]])).toEqual([
      [0x1_0000_0001n, ['/a', '/b']],
      [9n, ['/c']],
    ]);
    expect([...tree.tree.ephemeralsOf(77n)]).toEqual([]);
  });
});

describe('the sweep', () => {
  const due = (tree: TreeHarness, nowMs: number, containerMaxNeverUsedMs = 0, limit = 100): string[] =>
    tree.tree.dueForRemoval({ nowMs, containerMaxNeverUsedMs }, limit).sort();

  it('takes containers that had a child and have none', () => {
    const tree = new TreeHarness().given(createContainer('/used'), createContainer('/fresh'), create('/used/x'));
    expect(due(tree, tree.nowMs)).toEqual([]);
    tree.given(remove('/used/x'));
    expect(due(tree, tree.nowMs)).toEqual(['/used']);
  });

  it('takes containers that never had one after the time set for that, if any', () => {
    const tree = new TreeHarness().given(createContainer('/fresh'));
    expect(due(tree, tree.nowMs + 1000, 1000)).toEqual([]);
    expect(due(tree, tree.nowMs + 1001, 1000)).toEqual(['/fresh']);
    expect(due(tree, tree.nowMs + 1e9, 0)).toEqual([]);
  });

  it('takes childless TTL nodes whose last write is longer ago than their TTL', () => {
    const tree = new TreeHarness().given(createTtl('/t', 100), createTtl('/parent', 100), create('/parent/x'));
    const createdMs = tree.stat('/t').mtime;
    expect(due(tree, createdMs + 100)).toEqual([]);
    expect(due(tree, createdMs + 101)).toEqual(['/t']);
    tree.nowMs = createdMs + 50;
    tree.given(setData('/t', 'again'));
    expect(due(tree, createdMs + 101)).toEqual([]);
  });

  it('stops at its limit', () => {
    const tree = new TreeHarness().given(createTtl('/a', 1), createTtl('/b', 1), createTtl('/c', 1));
    expect(due(tree, tree.nowMs + 100, 0, 2)).toHaveLength(2);
  });

  it('knows TTL nodes as such only with extended types', () => {
    const tree = new TreeHarness({ extendedTypesEnabled: false });
    const { zxid } = tree.prepare(create('/x')).header;
    tree.tree.apply(
      { clientId: 1n, cxid: 1, zxid, timeMs: 1, type: 21 },
      { type: 21, path: '/t', data: null, acl: [], parentCVersion: 1, ttlMs: 1 },
      { nodeCreated() {}, nodeDataChanged() {}, nodeDeleted() {}, nodeChildrenChanged() {} },
    );
    expect(due(tree, 1e12)).toEqual([]);
    expect(tree.tree.ephemeralCount).toBe(1);
  });
});
