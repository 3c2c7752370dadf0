import { describe, expect, it } from 'vitest';
import { OpCode } from '../../../src/protocol/op-codes.js';
import type { Txn } from '../../../src/protocol/txn.js';
import type { Zxid } from '../../../src/protocol/zxid.js';
import type { SnapshotNode } from '../../../src/server/tree/tree-loader.js';
import { TreeLoader } from '../../../src/server/tree/tree-loader.js';
import { TreeLoadError } from '../../../src/server/tree/tree-load-error.js';
import { NO_TRIGGERS } from '../../../src/server/tree/triggers.js';
import { aclOf } from './support/tree-harness.js';

const READ = [aclOf(1, 'world', 'anyone')];

function node(path: string, fields: Partial<SnapshotNode> = {}): SnapshotNode {
  const zero = 0 as Zxid;
  return {
    ...{ path, data: Buffer.alloc(0), aclKey: -1, czxid: zero, mzxid: zero, pzxid: zero, ctime: 0, mtime: 0 },
    ...{ version: 0, cversion: 0, aversion: 0, ephemeralOwner: 0n },
    ...fields,
  };
}

function loader(...records: SnapshotNode[]): TreeLoader {
  const result = new TreeLoader({ extendedTypesEnabled: true, digestEnabled: true });
  for (const record of records) result.addNode(record);
  return result;
}

const seven = 7 as Zxid;

describe('loading a snapshot', () => {
  it('of an untouched tree gives a fresh one', () => {
    const result = loader(node(''), node('/zookeeper'), node('/zookeeper/quota'));
    result.defineAcl(1, READ);
    result.addNode(node('/zookeeper/config', { aclKey: 1, aversion: -1 }));
    const tree = result.finish(seven);
    expect(tree.digest).toBe(0x51c6d660n);
    expect(tree.nodeCount).toBe(5);
    expect(tree.approximateDataSize).toBe(44);
    expect(tree.find('/zookeeper/config')).toMatchObject({ aversion: -1, acl: { worldPerms: 1 } });
    expect(tree.lastProcessedZxid).toBe(7);
    expect(tree.acls.table()).toHaveLength(1);
  });

  it('adds the configuration node that 3.4 did not have', () => {
    const tree = loader(node(''), node('/zookeeper'), node('/zookeeper/quota')).finish(seven);
    expect(tree.find('/zookeeper/config')).toMatchObject({ aversion: -1 });
  });

  it('fills reserved nodes, the root included', () => {
    const root = node('', { data: Buffer.from('r'), cversion: 3, pzxid: seven, mzxid: seven, version: 1 });
    const tree = loader(root, node('/zookeeper', { cversion: 1 }), node('/x', { data: null })).finish(seven);
    expect(tree.find('/')).toMatchObject({ version: 1, storedCversion: 3, pzxid: 7, mzxid: 7, dataLength: 1 });
    expect(tree.stat(tree.find('/')!).cversion).toBe(4);
    expect(tree.find('/x')!.data).toBeNull();
  });

  it('knows the kinds of node by their owners', () => {
    const tree = loader(
      node(''),
      node('/e', { ephemeralOwner: 5n }),
      node('/c', { ephemeralOwner: -(2n ** 63n), cversion: 1 }),
      node('/t', { ephemeralOwner: BigInt.asIntN(64, 0xff00_0000_0000_0001n) }),
    ).finish(seven);
    expect([...tree.ephemeralsOf(5n)]).toEqual(['/e']);
    expect(tree.dueForRemoval({ nowMs: 100, containerMaxNeverUsedMs: 0 }, 10).sort()).toEqual(['/c', '/t']);
  });

  it('counts children and sizes wherever the records of a node’s children stand', () => {
    const records = ['', '/a', '/b', '/a/1', '/b/1', '/a/2', '/é', '/é/𝕫', '/b/2', '/a/1/x'].map((path) => node(path));
    const tree = loader(...records).finish(seven);
    expect(['/', '/a', '/b', '/é', '/a/1'].map((path) => tree.stat(tree.find(path)!).numChildren)).toEqual([
      4, 2, 2, 1, 1,
    ]);
    expect(tree.stat(tree.find('/a')!).cversion).toBe(-2);
    const plain = loader(node('')).finish(seven).approximateDataSize;
    expect(tree.approximateDataSize - plain).toBe(records.reduce((sum, { path }) => sum + path.length, 0));
  });

  it('comes to the same whatever number of nodes is expected', () => {
    const names = Array.from({ length: 3000 }, (_, index) => `/node-${index}`);
    for (const expected of [0, 1, 300, 1024, 5000]) {
      const result = loader(node(''));
      names.slice(0, 700).forEach((path) => result.addNode(node(path)));
      result.expect(expected);
      names.slice(700).forEach((path) => result.addNode(node(path)));
      const tree = result.finish(seven);
      expect(names.filter((path) => tree.find(path) === undefined)).toEqual([]);
      expect(tree.find('/node-3000')).toBeUndefined();
    }
  });

  it('registers quotas', () => {
    const tree = loader(
      node(''),
      node('/q'),
      node('/zookeeper/quota/q'),
      node('/zookeeper/quota/q/zookeeper_limits'),
      node('/zookeeper/quota/q/zookeeper_stats', { data: Buffer.from('count=99,bytes=1') }),
    ).finish(seven);
    expect(tree.find('/zookeeper/quota/q/zookeeper_stats')!.data?.toString()).toBe('count=99,bytes=1');
    tree.recomputeQuotas();
    expect(tree.find('/zookeeper/quota/q/zookeeper_stats')!.data?.toString()).toBe('count=1,bytes=0');
  });

  it.each([
    ['a child before its parent', [node(''), node('/a/b')]],
    ['a node twice', [node(''), node('/a'), node('/a')]],
    ['the root twice', [node(''), node('/')]],
    ['a relative path', [node(''), node('a')]],
    ['a slash at the end', [node(''), node('/a'), node('/a/')]],
  ])('refuses %s', (_, records) => {
    expect(() => loader(...records)).toThrow(TreeLoadError);
  });
});

describe('an ACL that the snapshot does not hold', () => {
  const apply = (tree: ReturnType<TreeLoader['finish']>, txn: Txn): void => {
    tree.apply({ clientId: 1n, cxid: 1, zxid: 8 as Zxid, timeMs: 1, type: txn.type }, txn, NO_TRIGGERS);
  };
  const create: Txn = { type: OpCode.create, path: '/a', data: null, acl: READ, ephemeral: false, parentCVersion: 1 };

  it('is counted until a transaction sets it', () => {
    const tree = loader(
      node(''),
      node('/a', { aclKey: 9 }),
      node('/b', { aclKey: 9 }),
      node('/c', { aclKey: 8 }),
    ).finish(seven);
    expect(tree.unresolvedAclCount).toBe(3);
    expect(tree.find('/a')!.acl.isResolved).toBe(false);
    apply(tree, create);
    expect(tree.unresolvedAclCount).toBe(2);
    expect(tree.find('/a')!.acl.worldPerms).toBe(1);
    apply(tree, { type: OpCode.setACL, path: '/b', acl: READ, version: 1 });
    expect(tree.unresolvedAclCount).toBe(1);
    apply(tree, { type: OpCode.delete, path: '/c' });
    expect(tree.unresolvedAclCount).toBe(0);
  });
});

describe('ephemerals of sessions that are gone', () => {
  it('are removed, and move their parent’s pzxid', () => {
    const tree = loader(
      node(''),
      node('/p', { pzxid: 3 as Zxid, cversion: 2 }),
      node('/p/dead', { ephemeralOwner: 5n }),
      node('/p/alive', { ephemeralOwner: 6n }),
    ).finish(seven);
    expect(tree.removeOrphanEphemerals((id) => id === 6n)).toEqual(['/p/dead']);
    expect(tree.find('/p')).toMatchObject({ pzxid: 7, storedCversion: 2, numChildren: 1 });
    expect(tree.ephemeralCount).toBe(1);
    expect(tree.removeOrphanEphemerals(() => true)).toEqual([]);
  });
});
