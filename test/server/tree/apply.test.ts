import { describe, expect, it } from 'vitest';
import { OPEN_ACL_UNSAFE, READ_ACL_UNSAFE } from '../../../src/protocol/acl.js';
import { ErrorCode } from '../../../src/protocol/error-codes.js';
import { OpCode } from '../../../src/protocol/op-codes.js';
import type { Txn } from '../../../src/protocol/txn.js';
import type { Zxid } from '../../../src/protocol/zxid.js';
import { DataTree } from '../../../src/server/tree/data-tree.js';
import { NO_TRIGGERS } from '../../../src/server/tree/triggers.js';
import {
  check,
  CLOSE_SESSION,
  create,
  create2,
  multi,
  OTHER_SESSION,
  remove,
  SESSION,
  setAcl,
  setData,
  TreeHarness,
} from './support/tree-harness.js';

function freshTree(): DataTree {
  return new DataTree({ extendedTypesEnabled: true, digestEnabled: true });
}

function replay(tree: DataTree, zxid: number, txn: Txn, clientId = SESSION): number {
  const header = { clientId, cxid: 0, zxid: zxid as Zxid, timeMs: zxid * 10, type: txn.type };
  return tree.apply(header, txn, NO_TRIGGERS).err;
}

const createTxn = (path: string, parentCVersion: number, ephemeral = false): Txn => ({
  type: OpCode.create,
  path,
  data: Buffer.from(path),
  acl: OPEN_ACL_UNSAFE,
  ephemeral,
  parentCVersion,
});

describe('triggers', () => {
  it('fire for the node, then for its parent', () => {
    const tree = new TreeHarness().given(create('/a'), create('/a/b'), setData('/a/b', 'x'), remove('/a/b'));
    expect(tree.events).toEqual([
      'created /a',
      'children /',
      'created /a/b',
      'children /a',
      'changed /a/b',
      'deleted /a/b',
      'children /a',
    ]);
  });

  it('carry the ACL events are filtered by', () => {
    const tree = new TreeHarness().given(create('/a'), create('/a/b', { acl: READ_ACL_UNSAFE }), remove('/a/b'));
    expect(tree.events.slice(2)).toEqual([
      'created /a/b perms 1',
      'children /a',
      'deleted /a/b perms 1',
      'children /a',
    ]);
  });

  it('fire for nothing that fails, and for no ACL', () => {
    const tree = new TreeHarness().given(create('/a'));
    tree.events.length = 0;
    tree.write(create('/a'));
    tree.write(setData('/none', ''));
    tree.write(multi(create('/b'), remove('/none')));
    tree.write(setAcl('/a', READ_ACL_UNSAFE));
    expect(tree.events).toEqual([]);
  });

  it('fire op by op in a multi', () => {
    const tree = new TreeHarness().given(multi(create('/a'), setData('/a', 'x'), check('/a', 1), remove('/a')));
    expect(tree.events).toEqual(['created /a', 'children /', 'changed /a', 'deleted /a', 'children /']);
  });

  it('fire for every ephemeral of a session that closes', () => {
    const tree = new TreeHarness().given(create('/b', { flags: 1 }), create('/a', { flags: 1 }));
    tree.write(create('/c', { flags: 1 }), { sessionId: OTHER_SESSION });
    tree.events.length = 0;
    tree.given(CLOSE_SESSION);
    expect(tree.events).toEqual(['deleted /a', 'children /', 'deleted /b', 'children /']);
    expect(tree.children('/')).toEqual(['c', 'zookeeper']);
  });
});

describe('results', () => {
  it('hold what each answer needs', () => {
    const tree = new TreeHarness();
    expect(tree.write(create('/a'))).toMatchObject({ type: OpCode.create, err: 0, path: '/a', stat: null });
    expect(tree.write(create2('/b'))).toMatchObject({ type: OpCode.create2, path: '/b', stat: { czxid: 2 } });
    expect(tree.write(setData('/a', 'x'))).toMatchObject({ stat: { version: 1 } });
    expect(tree.write(setAcl('/a', READ_ACL_UNSAFE))).toMatchObject({ stat: { aversion: 1 } });
    expect(tree.write(remove('/a'))).toMatchObject({ err: 0, path: null, stat: null, results: null });
    expect(tree.write(remove('/a'))).toMatchObject({ type: OpCode.error, err: ErrorCode.NONODE });
  });

  it('of a multi have each stat as it was right after its op', () => {
    const tree = new TreeHarness();
    const { results } = tree.write(multi(create2('/a'), setData('/a', 'x'), create('/a/b'), setData('/a', 'yy')));
    expect(results?.map((each) => [each.type, each.stat?.version ?? null, each.stat?.numChildren ?? null])).toEqual([
      [OpCode.create2, 0, 0],
      [OpCode.setData, 1, 0],
      [OpCode.create, null, null],
      [OpCode.setData, 2, 1],
    ]);
  });

  it('of a failing multi are all errors, and its own is none', () => {
    const result = new TreeHarness().write(multi(create('/a'), remove('/none'), create('/b')));
    expect(result.err).toBe(0);
    expect(result.results?.map((each) => [each.type, each.err])).toEqual([
      [OpCode.error, 0],
      [OpCode.error, ErrorCode.NONODE],
      [OpCode.error, ErrorCode.RUNTIMEINCONSISTENCY],
    ]);
  });

  it('of an empty multi are none', () => {
    expect(new TreeHarness().write(multi()).results).toEqual([]);
  });
});

describe('tolerant application', () => {
  it('does nothing for a create without parent', () => {
    const tree = freshTree();
    const before = tree.digest;
    expect(replay(tree, 1, createTxn('/a/b', 1))).toBe(ErrorCode.NONODE);
    expect(tree.digest).toBe(before);
    expect(tree.lastProcessedZxid).toBe(1);
  });

  it('never lowers a parent that is newer', () => {
    const tree = freshTree();
    replay(tree, 5, createTxn('/x', 7));
    replay(tree, 2, createTxn('/y', 3));
    expect(tree.find('/')).toMatchObject({ storedCversion: 7, pzxid: 5 });
    expect(tree.lastProcessedZxid).toBe(5);
  });

  it('counts one up for very old records without a counter', () => {
    const tree = freshTree();
    replay(tree, 1, createTxn('/x', -1));
    replay(tree, 2, createTxn('/y', -1));
    expect(tree.find('/')).toMatchObject({ storedCversion: 2, pzxid: 2 });
  });

  it('gives a node that exists the ACL of the create, and nothing else', () => {
    const tree = freshTree();
    replay(tree, 3, { ...createTxn('/x', 1), acl: READ_ACL_UNSAFE } as Txn);
    const before = tree.stat(tree.find('/x')!);
    expect(replay(tree, 2, createTxn('/x', 1))).toBe(ErrorCode.NODEEXISTS);
    expect(tree.find('/x')!.acl.worldPerms).toBe(31);
    expect(tree.stat(tree.find('/x')!)).toEqual(before);
  });

  it('moves the pzxid of the parent when the node to delete is gone already', () => {
    const tree = freshTree();
    expect(replay(tree, 4, { type: OpCode.delete, path: '/gone' })).toBe(ErrorCode.NONODE);
    expect(tree.find('/')!.pzxid).toBe(4);
    expect(replay(tree, 5, { type: OpCode.delete, path: '/no/parent' })).toBe(ErrorCode.NONODE);
  });

  it('deletes what is below a node, too: children of one that was made anew', () => {
    const tree = freshTree();
    replay(tree, 1, createTxn('/a', 1));
    replay(tree, 2, createTxn('/a/b', 1));
    replay(tree, 3, createTxn('/a/b/e', 1, true));
    replay(tree, 4, { type: OpCode.delete, path: '/a' });
    expect(tree.nodeCount).toBe(5);
    expect(tree.ephemeralCount).toBe(0);
    expect(tree.find('/a/b/e')).toBeUndefined();
  });

  it('lets setData go back in time and ignores missing nodes', () => {
    const tree = freshTree();
    replay(tree, 9, createTxn('/a', 1));
    replay(tree, 3, { type: OpCode.setData, path: '/a', data: null, version: 4 });
    expect(tree.find('/a')).toMatchObject({ data: null, version: 4, mzxid: 3, mtime: 30 });
    expect(replay(tree, 4, { type: OpCode.setData, path: '/b', data: null, version: 4 })).toBe(ErrorCode.NONODE);
    expect(replay(tree, 5, { type: OpCode.setACL, path: '/b', acl: [], version: 4 })).toBe(ErrorCode.NONODE);
  });

  it('closes a session by its list and by what is left of it (ZOOKEEPER-3145)', () => {
    const tree = freshTree();
    replay(tree, 1, createTxn('/listed', 1, true));
    replay(tree, 2, createTxn('/unlisted', 2, true));
    replay(tree, 3, createTxn('/of-another', 3, true), OTHER_SESSION);
    replay(tree, 4, { type: OpCode.closeSession, paths: ['/listed', '/gone'] });
    expect([...tree.find('/')!.children].sort()).toEqual(['of-another', 'zookeeper']);
    replay(tree, 5, { type: OpCode.closeSession, paths: null }, OTHER_SESSION);
    expect(tree.ephemeralCount).toBe(0);
  });

  it('has the last zxid name nothing of which a part is missing (ZOOKEEPER-3127)', () => {
    const tree = freshTree();
    const seen: string[] = [];
    const nodeCreated = (path: string): void => void seen.push(`${path} at ${tree.lastProcessedZxid}`);
    const { txn } = new TreeHarness().prepare(multi(create('/a'), create('/b')));
    const header = { clientId: SESSION, cxid: 0, zxid: 7 as Zxid, timeMs: 0, type: txn.type };
    tree.apply(header, txn, { ...NO_TRIGGERS, nodeCreated });
    expect([...seen, tree.lastProcessedZxid]).toEqual(['/a at 0', '/b at 0', 7]);
  });

  it('applies nothing of a multi that holds an error', () => {
    const tree = freshTree();
    const before = tree.digest;
    replay(tree, 1, { type: OpCode.multi, txns: [createTxn('/a', 1), { type: OpCode.error, err: -101 }] });
    expect(tree.digest).toBe(before);
    expect(tree.find('/a')).toBeUndefined();
  });

  it('takes a reconfig as a change of data', () => {
    const tree = freshTree();
    replay(tree, 7, { type: OpCode.reconfig, path: '/zookeeper/config', data: Buffer.from('v'), version: -1 });
    expect(tree.find('/zookeeper/config')).toMatchObject({ version: -1, mzxid: 7 });
    expect(tree.digest).toBe(0x51c6d660n);
  });

  it('lets sessions, checks and errors change nothing but the zxid', () => {
    const tree = freshTree();
    const before = tree.digest;
    expect(replay(tree, 1, { type: OpCode.createSession, timeOut: 10_000 })).toBe(0);
    expect(replay(tree, 2, { type: OpCode.check, path: '/', version: 1 })).toBe(0);
    expect(replay(tree, 3, { type: OpCode.error, err: -103 })).toBe(-103);
    expect(tree.digest).toBe(before);
    expect(tree.lastProcessedZxid).toBe(3);
  });
});
