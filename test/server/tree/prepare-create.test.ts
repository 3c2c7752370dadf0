import { describe, expect, it } from 'vitest';
import { READ_ACL_UNSAFE } from '../../../src/protocol/acl.js';
import { ErrorCode } from '../../../src/protocol/error-codes.js';
import { OpCode } from '../../../src/protocol/op-codes.js';
import type { CreateTxn } from '../../../src/protocol/txn.js';
import type { WriteRequest } from '../../../src/server/tree/proposal.js';
import {
  asReplayed,
  aclOf,
  create,
  create2,
  createContainer,
  createTtl,
  multi,
  remove,
  SESSION,
  TreeHarness,
} from './support/tree-harness.js';

const err = (tree: TreeHarness, request: WriteRequest): number => tree.prepare(request).err;

describe('a create', () => {
  it('becomes a fully determined transaction', () => {
    const { header, txn, err: code } = asReplayed(new TreeHarness().prepare(create('/a', { data: 'x', flags: 3 })));
    expect(code).toBe(0);
    expect(header).toEqual({ clientId: SESSION, cxid: 1, zxid: 1, timeMs: 1_000_001, type: OpCode.create });
    expect(txn).toEqual({
      type: OpCode.create,
      path: '/a0000000000',
      data: Buffer.from('x'),
      acl: [aclOf(31, 'world', 'anyone')],
      ephemeral: true,
      parentCVersion: 1,
    });
  });

  it('keeps its op code as the type of its transaction', () => {
    const tree = new TreeHarness();
    expect(tree.prepare(create2('/a')).txn.type).toBe(OpCode.create2);
    expect(tree.prepare(createContainer('/b')).txn).toMatchObject({ type: OpCode.createContainer, parentCVersion: 2 });
    expect(tree.prepare(createTtl('/c', 77)).txn).toMatchObject({ type: OpCode.createTTL, ttlMs: 77 });
  });

  it('that is refused becomes an error transaction without digest', () => {
    const { header, txn, digest, err: code } = new TreeHarness().prepare(create('/a/b'));
    expect(code).toBe(ErrorCode.NONODE);
    expect(header.type).toBe(OpCode.error);
    expect(txn).toEqual({ type: OpCode.error, err: ErrorCode.NONODE });
    expect(digest).toBeNull();
  });
});

describe('the checks of a create, each before all that follow', () => {
  const scene = (): TreeHarness => {
    const tree = new TreeHarness();
    return tree.given(
      create('/open'),
      create('/open/there'),
      create('/closed'),
      create('/closed/there'),
      create('/ephemeral', { flags: 1 }),
      { type: OpCode.setACL, body: { path: '/closed', acl: READ_ACL_UNSAFE, version: -1 } },
    );
  };

  it.each([
    ['a null path', create(null, { flags: 9 }), ErrorCode.MARSHALLINGERROR],
    ['unknown flags', create('/none/x', { flags: 7, acl: null }), ErrorCode.BADARGUMENTS],
    ['negative flags', create('/none/x', { flags: -1 }), ErrorCode.BADARGUMENTS],
    ['no slash', create('none', { acl: null }), ErrorCode.BADARGUMENTS],
    ['an empty path', create('', { acl: null }), ErrorCode.BADARGUMENTS],
    ['a NUL', create('/none/\0', { acl: null }), ErrorCode.BADARGUMENTS],
    ['a null ACL', create('/none/x', { acl: null }), ErrorCode.INVALIDACL],
    ['an empty ACL', create('/none/x', { acl: [] }), ErrorCode.INVALIDACL],
    ['a missing parent', create('/none/a//', {}), ErrorCode.NONODE],
    ['a relative path', create('open/x'), ErrorCode.NONODE],
    ['a parent without CREATE', create('/closed/there'), ErrorCode.NOAUTH],
    ['a name that is none', create('/open/..'), ErrorCode.BADARGUMENTS],
    ['a slash at the end', create('/open/'), ErrorCode.BADARGUMENTS],
    ['a control character', create('/open/\u0001'), ErrorCode.BADARGUMENTS],
    ['a node that is there', create('/open/there'), ErrorCode.NODEEXISTS],
    ['the root', create('/'), ErrorCode.NODEEXISTS],
    ['an ephemeral parent', create('/ephemeral/x'), ErrorCode.NOCHILDRENFOREPHEMERALS],
  ])('%s', (_, request, code) => {
    expect(err(scene(), request)).toBe(code);
  });

  it('a session that is closing is refused after its flags, before its path', () => {
    const tree = scene();
    tree.closing.add(SESSION);
    expect(err(tree, create('x', { flags: 7 }))).toBe(ErrorCode.BADARGUMENTS);
    expect(err(tree, create('x'))).toBe(ErrorCode.SESSIONEXPIRED);
  });

  it('a local session owns no ephemerals', () => {
    const tree = scene();
    expect(tree.prepare(create('x', { flags: 1 }), { isLocalSession: true }).err).toBe(
      ErrorCode.EPHEMERALONLOCALSESSION,
    );
    expect(tree.prepare(create('/x', { flags: 3 }), { isLocalSession: true }).err).toBe(
      ErrorCode.EPHEMERALONLOCALSESSION,
    );
    expect(tree.prepare(create('/x'), { isLocalSession: true }).err).toBe(0);
  });
});

describe('op code and flags', () => {
  const plain = [create, create2];
  const on = new TreeHarness({ extendedTypesEnabled: true });
  const off = new TreeHarness({ extendedTypesEnabled: false });

  it('1 and 15 make persistent and ephemeral nodes, and a plain node of flag 4', () => {
    for (const make of plain) {
      const tree = new TreeHarness();
      for (const flags of [0, 2, 4]) {
        expect(tree.prepare(make(`/f${flags}`, { flags })).txn).toMatchObject({ ephemeral: false });
      }
      for (const flags of [1, 3]) {
        expect(tree.prepare(make(`/f${flags}`, { flags })).txn).toMatchObject({ ephemeral: true });
      }
    }
  });

  it('TTL flags belong to 21 alone', () => {
    for (const make of [create, create2, createContainer]) {
      for (const flags of [5, 6]) {
        expect(err(on, make('/x', { flags }))).toBe(ErrorCode.BADARGUMENTS);
        expect(err(off, make('/x', { flags }))).toBe(ErrorCode.UNIMPLEMENTED);
      }
    }
  });

  it('19 makes containers, whatever the flags; sequential ones add a suffix', () => {
    const tree = new TreeHarness();
    for (const flags of [0, 1, 4]) tree.given(createContainer(`/c${flags}`, { flags }));
    for (const flags of [2, 3]) tree.given(createContainer(`/c${flags}-`, { flags }));
    expect(tree.children('/')).toEqual(['c0', 'c1', 'c2-0000000003', 'c3-0000000004', 'c4', 'zookeeper']);
    expect(tree.tree.ephemeralCount).toBe(0);
    expect(tree.tree.find('/c1')!.owner).toBe(-(2n ** 63n));
  });

  it('21 wants a TTL flag and a TTL in range', () => {
    for (const flags of [0, 1, 2, 3, 4]) {
      for (const ttl of [-1, 0, 5]) expect(err(on, createTtl('/x', ttl, { flags }))).toBe(ErrorCode.BADARGUMENTS);
    }
    for (const ttl of [-2n, -1n, 0n, 0x100_0000_0000n, 2n ** 63n - 1n]) {
      expect(err(on, createTtl('/x', ttl))).toBe(ErrorCode.BADARGUMENTS);
      expect(err(off, createTtl('/x', ttl))).toBe(ErrorCode.UNIMPLEMENTED);
    }
    expect(err(new TreeHarness(), createTtl('/x', 1))).toBe(0);
    expect(new TreeHarness().prepare(createTtl('/x', 0xff_ffff_ffffn, { flags: 6 })).txn).toMatchObject({
      path: '/x0000000000',
      ttlMs: 0xff_ffff_ffff,
    });
  });
});

describe('sequence suffixes', () => {
  const nameOf = (tree: TreeHarness, path: string): string =>
    (tree.prepare(create(path, { flags: 2 })).txn as CreateTxn).path;

  it('count all children ever created, pending ones included', () => {
    const tree = new TreeHarness().given(create('/p'), create('/p/x'), remove('/p/x'));
    expect(nameOf(tree, '/p/s-')).toBe('/p/s-0000000001');
    expect(nameOf(tree, '/p/')).toBe('/p/0000000002');
    expect(nameOf(tree, '/p/s-')).toBe('/p/s-0000000003');
  });

  it('start again with a parent that was made anew', () => {
    const tree = new TreeHarness().given(create('/p'), create('/p/s', { flags: 2 }), remove('/p/s0000000000'));
    tree.given(remove('/p'), create('/p'));
    expect(nameOf(tree, '/p/s')).toBe('/p/s0000000000');
  });

  it('are part of the name that is validated', () => {
    expect(nameOf(new TreeHarness(), '/..')).toBe('/..0000000000');
    expect(err(new TreeHarness(), create('//', { flags: 2 }))).toBe(ErrorCode.BADARGUMENTS);
  });

  /** A parent whose counter stands at `counter`, as the overflow recordings have it. */
  function nearTheEnd(counter: number): TreeHarness {
    const tree = new TreeHarness().given(create('/ov'));
    tree.tree.store.updateParent(tree.tree.store.find('/ov'), counter, tree.tree.find('/ov')!.pzxid);
    return tree;
  }

  it('stick at 2^31-1, and the parent with them', () => {
    const tree = nearTheEnd(2147483645);
    const names = [1, 2, 3].map(() => tree.write(create('/ov/s-', { flags: 2 })).path);
    expect(names).toEqual(['/ov/s-2147483645', '/ov/s-2147483646', '/ov/s-2147483647']);
    expect(tree.stat('/ov')).toMatchObject({ cversion: -5, numChildren: 3, pzxid: 3 });
    expect(tree.write(create('/ov/s-', { flags: 2 })).err).toBe(ErrorCode.NODEEXISTS);
    expect(tree.write(create('/ov/t-', { flags: 2 })).path).toBe('/ov/t-2147483647');
    expect(tree.stat('/ov')).toMatchObject({ cversion: -6, numChildren: 4, pzxid: 3 });
  });

  it('stick the same when requests are pipelined', () => {
    const tree = nearTheEnd(2147483647);
    const proposals = [1, 2, 3].map(() => tree.prepare(create('/ov/t-', { flags: 2 })));
    expect(proposals.map((each) => each.err)).toEqual([0, ErrorCode.NODEEXISTS, ErrorCode.NODEEXISTS]);
    for (const proposal of proposals) tree.commit(proposal);
  });

  it('run on below zero inside one multi', () => {
    const tree = nearTheEnd(2147483647);
    const op = create('/ov/u-', { flags: 2 });
    const { results } = tree.write(multi(op, op, op));
    expect(results?.map((each) => each.path)).toEqual(['/ov/u-2147483647', '/ov/u--2147483648', '/ov/u--2147483647']);
    expect(tree.stat('/ov')).toMatchObject({ cversion: -5, numChildren: 3, pzxid: 1 });
    expect(tree.write(op).err).toBe(ErrorCode.NODEEXISTS);
  });
});
