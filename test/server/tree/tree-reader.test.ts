import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../../../src/protocol/error-codes.js';
import { TreeReader } from '../../../src/server/tree/tree-reader.js';
import type { Znode } from '../../../src/server/tree/znode.js';
import { aclOf, create, idOf, remove, TreeHarness } from './support/tree-harness.js';

const bob = idOf('digest', 'bob:hash');

function scene(): { tree: TreeHarness; reader: TreeReader } {
  const tree = new TreeHarness().given(
    create('/a', { data: 'abc' }),
    create('/a/b'),
    create('/a/b/c'),
    create('/a/d', { flags: 1 }),
    create('/aa', { flags: 1 }),
    create('/shut', { acl: [aclOf(31, 'digest', 'bob:hash'), aclOf(2, 'world', 'anyone')] }),
    create('/seen', { acl: [aclOf(31, 'digest', 'bob:hash'), aclOf(1, 'ip', '::1'), aclOf(1, 'world', 'anyone')] }),
  );
  return { tree, reader: new TreeReader(tree.tree, tree.access) };
}

describe('reads', () => {
  const { tree, reader } = scene();

  it('find nodes', () => {
    const node = reader.read('/a', []) as Znode;
    expect(node.data?.toString()).toBe('abc');
    expect([...node.children]).toEqual(['b', 'd']);
    expect(reader.read('', [])).toEqual(reader.read('/', []));
    expect(reader.exists('/a', [])).toEqual(node);
  });

  it('do not check the form of paths, but exists refuses a NUL', () => {
    for (const path of ['a', '/a/', '//a', '/a/\u0001', '/a/\0']) expect(reader.read(path, [])).toBe(ErrorCode.NONODE);
    expect(reader.exists('/a/\0', [])).toBe(ErrorCode.BADARGUMENTS);
    expect(reader.exists('/a/', [])).toBe(ErrorCode.NONODE);
  });

  it('of a null path cannot be read', () => {
    expect(reader.read(null, [])).toBe(ErrorCode.MARSHALLINGERROR);
    expect(reader.exists(null, [])).toBe(ErrorCode.MARSHALLINGERROR);
    expect(reader.getAcl(null, [])).toBe(ErrorCode.MARSHALLINGERROR);
    expect(reader.getAllChildrenNumber(null, [])).toBe(ErrorCode.MARSHALLINGERROR);
  });

  it('need READ', () => {
    for (const answer of [
      reader.read('/shut', []),
      reader.exists('/shut', []),
      reader.getAllChildrenNumber('/shut', []),
    ]) {
      expect(answer).toBe(ErrorCode.NOAUTH);
    }
    expect(reader.read('/shut', [bob])).toMatchObject({ path: '/shut' });
  });

  it('of ACLs need READ or ADMIN, and hide hashes without ADMIN', () => {
    expect(reader.getAcl('/none', [])).toBe(ErrorCode.NONODE);
    expect(reader.getAcl('/shut', [])).toBe(ErrorCode.NOAUTH);
    expect(reader.getAcl('/seen', [])).toMatchObject({
      acl: [aclOf(31, 'digest', 'bob:x'), aclOf(1, 'ip', '::1'), aclOf(1, 'world', 'anyone')],
      node: { path: '/seen' },
    });
    expect(reader.getAcl('/seen', [bob])).toMatchObject({ acl: [{ id: bob }, {}, {}] });
  });

  it('count descendants', () => {
    expect(reader.getAllChildrenNumber('/a', [])).toBe(3);
    expect(reader.getAllChildrenNumber('/a/b/c', [])).toBe(0);
    expect(reader.getAllChildrenNumber('/none', [])).toBe(ErrorCode.NONODE);
    expect(reader.getAllChildrenNumber('/', [])).toBe(10);
    expect(reader.getAllChildrenNumber('', [])).toBe(11);
    const fresh = new TreeHarness();
    expect(new TreeReader(fresh.tree, fresh.access).getAllChildrenNumber('/', [])).toBe(3);
  });

  it('list the own ephemerals by a prefix of text', () => {
    const owned = (prefix: string | null, session = 0x1_0000_0001n): string[] =>
      reader.getEphemerals(session, prefix).sort();
    for (const all of [null, '', ' ', '/']) expect(owned(all)).toEqual(['/a/d', '/aa']);
    expect(owned('/a')).toEqual(['/a/d', '/aa']);
    expect(owned('/a/')).toEqual(['/a/d']);
    expect(owned(null, 7n)).toEqual([]);
    tree.given(remove('/aa'));
    expect(owned(null)).toEqual(['/a/d']);
  });
});
