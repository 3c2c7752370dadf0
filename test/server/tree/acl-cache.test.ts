import { describe, expect, it } from 'vitest';
import { OPEN_ACL_UNSAFE } from '../../../src/protocol/acl.js';
import { AclCache } from '../../../src/server/tree/acl-cache.js';
import { aclOf, create, remove, setAcl, TreeHarness } from './support/tree-harness.js';

const READ = [aclOf(1, 'world', 'anyone')];
const WRITE = [aclOf(2, 'world', 'anyone')];

describe('the ACL cache', () => {
  it('gives one list for equal entries in equal order', () => {
    const cache = new AclCache();
    const list = cache.intern(READ);
    expect(cache.intern([aclOf(1, 'world', 'anyone')])).toBe(list);
    expect(cache.intern([...READ, ...WRITE])).not.toBe(cache.intern([...WRITE, ...READ]));
    expect(cache.intern([aclOf(31, 'world', 'anyone')])).toBe(cache.open);
    expect(cache.intern(OPEN_ACL_UNSAFE).key).toBe(-1);
  });

  it('is not fooled by ids that hold its separators', () => {
    const cache = new AclCache();
    const keys = [
      cache.intern([aclOf(1, 'a', 'b c')]).key,
      cache.intern([aclOf(1, 'a b', 'c')]).key,
      cache.intern([aclOf(1, 'a', '1:b'), aclOf(1, 'c', 'd')]).key,
      cache.intern([aclOf(1, 'a', null)]).key,
      cache.intern([aclOf(1, 'a', '-')]).key,
      cache.intern([aclOf(1, 'a', '')]).key,
      cache.intern([]).key,
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('looks without keeping', () => {
    const cache = new AclCache();
    expect(cache.peek(READ).key).toBe(0);
    expect(cache.table()).toEqual([]);
    const list = cache.intern(READ);
    expect(cache.peek(READ)).toBe(list);
  });

  it('drops a list when its last node goes, and never gives its key again', () => {
    const cache = new AclCache();
    const list = cache.intern(READ);
    cache.acquire(list);
    cache.acquire(list);
    cache.release(list);
    expect(cache.table()).toEqual([list]);
    cache.release(list);
    expect(cache.table()).toEqual([]);
    expect(cache.intern(READ).key).toBeGreaterThan(list.key);
  });

  it('follows the nodes of a tree', () => {
    const tree = new TreeHarness();
    const lists = (): unknown[] => tree.tree.acls.table().map((list) => list.entries);
    expect(lists()).toEqual([READ]);
    tree.given(create('/a', { acl: WRITE }), create('/b', { acl: WRITE }));
    expect(lists()).toEqual([READ, WRITE]);
    tree.given(remove('/a'));
    expect(lists()).toEqual([READ, WRITE]);
    tree.given(remove('/b'), create('/c'), setAcl('/c', [...READ, aclOf(16, 'world', 'anyone')]), setAcl('/c', WRITE));
    expect(lists()).toEqual([READ, WRITE]);
    tree.prepare(create('/never', { acl: [aclOf(4, 'world', 'anyone')] }));
    expect(lists()).toEqual([READ, WRITE]);
  });
});
