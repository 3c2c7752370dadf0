import { describe, expect, it } from 'vitest';
import { OPEN_ACL_UNSAFE, READ_ACL_UNSAFE } from '../../../src/protocol/acl.js';
import { ErrorCode } from '../../../src/protocol/error-codes.js';
import { OpCode } from '../../../src/protocol/op-codes.js';
import type { CloseSessionTxn, MultiTxn } from '../../../src/protocol/txn.js';
import type { Zxid } from '../../../src/protocol/zxid.js';
import type { WriteRequest } from '../../../src/server/tree/proposal.js';
import {
  aclOf,
  check,
  CLOSE_SESSION,
  create,
  create2,
  createContainer,
  createTtl,
  multi,
  OTHER_SESSION,
  remove,
  SESSION,
  setAcl,
  setData,
  sweepOf,
  TreeHarness,
} from './support/tree-harness.js';

function scene(): TreeHarness {
  return new TreeHarness().given(
    create('/open'),
    create('/open/a'),
    create('/closed'),
    create('/closed/a', { acl: [aclOf(0, 'world', 'anyone')] }),
    setAcl('/closed', READ_ACL_UNSAFE),
  );
}

describe('the checks of the other writes, each before all that follow', () => {
  it.each<[string, WriteRequest, number]>([
    ['delete: a null path', remove(null), ErrorCode.MARSHALLINGERROR],
    ['delete: no slash', remove('none'), ErrorCode.BADARGUMENTS],
    ['delete: a NUL', remove('/none/\0'), ErrorCode.BADARGUMENTS],
    ['delete: the root', remove('/', 7), ErrorCode.BADARGUMENTS],
    ['delete: /zookeeper', remove('/zookeeper', 7), ErrorCode.BADARGUMENTS],
    ['delete: /zookeeper/quota', remove('/zookeeper/quota', 7), ErrorCode.BADARGUMENTS],
    ['delete: /zookeeper/config', remove('/zookeeper/config', 7), ErrorCode.BADARGUMENTS],
    ['delete: a missing parent', remove('/none/x'), ErrorCode.NONODE],
    ['delete: a parent without DELETE', remove('/closed/none'), ErrorCode.NOAUTH],
    ['delete: a missing node', remove('/open/none', 7), ErrorCode.NONODE],
    ['delete: a slash at the end', remove('/open/a/'), ErrorCode.NONODE],
    ['delete: another version', remove('/open', 7), ErrorCode.BADVERSION],
    ['delete: a node with children', remove('/open', 0), ErrorCode.NOTEMPTY],
    ['setData: a null path', setData(null, ''), ErrorCode.BADARGUMENTS],
    ['setData: no path', setData('', ''), ErrorCode.BADARGUMENTS],
    ['setData: a slash at the end', setData('/open/a/', ''), ErrorCode.BADARGUMENTS],
    ['setData: a missing node', setData('/none', ''), ErrorCode.NONODE],
    ['setData: no WRITE', setData('/closed', '', 7), ErrorCode.NOAUTH],
    ['setData: another version', setData('/open', '', 7), ErrorCode.BADVERSION],
    ['setData: version -2 is just another', setData('/open', '', -2), ErrorCode.BADVERSION],
    ['setACL: a null path', setAcl(null, null), ErrorCode.BADARGUMENTS],
    ['setACL: an ill-formed path', setAcl('/none//', null), ErrorCode.BADARGUMENTS],
    ['setACL: an ill-formed ACL', setAcl('/none', null), ErrorCode.INVALIDACL],
    ['setACL: a missing node', setAcl('/none', OPEN_ACL_UNSAFE), ErrorCode.NONODE],
    ['setACL: no ADMIN', setAcl('/closed', OPEN_ACL_UNSAFE, 7), ErrorCode.NOAUTH],
    ['setACL: another aversion', setAcl('/open', OPEN_ACL_UNSAFE, 7), ErrorCode.BADVERSION],
  ])('%s', (_, request, code) => {
    expect(scene().prepare(request).err).toBe(code);
  });

  it('a session that is closing writes nothing', () => {
    const tree = scene();
    tree.closing.add(SESSION);
    for (const request of [remove('/none'), setData('', ''), setAcl('', null), multi(create(null))]) {
      expect(tree.prepare(request).err).toBe(ErrorCode.SESSIONEXPIRED);
    }
  });

  it('reserved nodes are ordinary otherwise', () => {
    const tree = scene().given(setData('/zookeeper', 'x'), create('/zookeeper/mine'), setData('/', 'x'));
    expect(tree.children('/zookeeper')).toEqual(['config', 'mine', 'quota']);
    expect(tree.prepare(setData('/zookeeper/config', 'x')).err).toBe(ErrorCode.NOAUTH);
  });

  it('delete needs no permission on the node itself', () => {
    const tree = scene().given(create('/open/shut', { acl: [aclOf(0, 'world', 'anyone')] }), remove('/open/shut'));
    expect(tree.children('/open')).toEqual(['a']);
  });
});

describe('versions', () => {
  it('are matched exactly, or by -1', () => {
    const tree = scene().given(setData('/open', '1', 0), setData('/open', '2', -1), setData('/open', '3', 2));
    expect(tree.stat('/open').version).toBe(3);
    expect(tree.prepare(setData('/open', '4', 2)).err).toBe(ErrorCode.BADVERSION);
    tree.given(setAcl('/open', OPEN_ACL_UNSAFE, 0), setAcl('/open', OPEN_ACL_UNSAFE, 1));
    expect(tree.stat('/open').aversion).toBe(2);
  });

  it.each([
    [2147483646, 2147483647],
    [2147483647, -2147483648],
    [-2147483648, -2147483647],
    [-3, -2],
    [-2, 0],
  ])('after %i comes %i: 32 bits that skip the -1 of "any"', (version, next) => {
    const tree = scene();
    const { store } = tree.tree;
    const id = store.find('/open');
    store.updateData(id, null, { ...tree.stat('/open'), version });
    store.updateAcl(id, store.aclOf(id), version);
    expect(tree.write(multi(check('/open', version), setData('/open', 'x', version))).results).toMatchObject([
      { err: 0 },
      { stat: { version: next } },
    ]);
    expect(tree.write(setAcl('/open', OPEN_ACL_UNSAFE, version)).stat?.aversion).toBe(next);
  });

  it('of a check in the log is the one after', () => {
    const { txn } = scene().prepare(multi(check('/open', 0)));
    expect((txn as MultiTxn).txns).toEqual([{ type: OpCode.check, path: '/open', version: 1 }]);
  });
});

describe('a multi', () => {
  it('sees what its earlier ops do', () => {
    const tree = scene().given(
      multi(create('/m'), create('/m/k'), setData('/m', 'x', 0), setData('/m', 'y', 1), remove('/m/k'), check('/m', 2)),
    );
    expect(tree.text('/m')).toBe('y');
    expect(tree.children('/m')).toEqual([]);
    expect(tree.stat('/m')).toMatchObject({ cversion: 2, version: 2, czxid: 6, mzxid: 6, pzxid: 6 });
  });

  it('may delete a node and make it again', () => {
    const tree = scene().given(multi(remove('/open/a'), create('/open/a', { data: 'new' })));
    expect(tree.stat('/open/a')).toMatchObject({ czxid: 6, version: 0 });
    expect(tree.stat('/open')).toMatchObject({ numChildren: 1, cversion: 3 });
  });

  it('gives consecutive suffixes', () => {
    const op = create('/open/s-', { flags: 2 });
    const { results } = scene().write(multi(op, op));
    expect(results?.map((each) => each.path)).toEqual(['/open/s-0000000001', '/open/s-0000000002']);
  });

  it.each([
    ['ephemeral parent', multi(create('/e', { flags: 1 }), create('/e/k')), ErrorCode.NOCHILDRENFOREPHEMERALS],
    ['version', multi(create('/e'), check('/open', 7)), ErrorCode.BADVERSION],
    ['path of a check', multi(create('/e'), check('/open/', 0)), ErrorCode.BADARGUMENTS],
    ['check of a missing node', multi(create('/e'), check('/none', 0)), ErrorCode.NONODE],
    ['check without READ', multi(create('/e'), check('/closed/a', 0)), ErrorCode.NOAUTH],
    ['not empty', multi(create('/e'), remove('/open')), ErrorCode.NOTEMPTY],
  ])('fails as a whole, op by op: %s', (_, request, code) => {
    const tree = scene();
    const { digest } = tree.tree;
    const proposal = tree.prepare(request);
    expect(proposal.err).toBe(0);
    expect(proposal.header.type).toBe(OpCode.multi);
    const { txns } = proposal.txn as MultiTxn;
    expect(txns[0]).toMatchObject({ type: OpCode.create, path: '/e' });
    expect(txns[1]).toEqual({ type: OpCode.error, err: code });
    expect(proposal.digest?.digest).toBe(digest);
    tree.commit(proposal);
    expect(tree.tree.digest).toBe(digest);
    expect(tree.prepare(create('/e')).err).toBe(0);
  });

  it('leaves what was pending before as it was when it fails', () => {
    const tree = scene();
    const first = tree.prepare(setData('/open', 'first'));
    const failing = tree.prepare(
      multi(setData('/open', 'second', 1), create('/open/b', { flags: 1 }), remove('/none')),
    );
    const third = tree.prepare(setData('/open', 'third', 1));
    const close = tree.prepare(CLOSE_SESSION);
    expect(third.err).toBe(0);
    expect((close.txn as CloseSessionTxn).paths).toEqual([]);
    for (const proposal of [first, failing, third, close]) tree.commit(proposal);
    expect(tree.text('/open')).toBe('third');
    expect(tree.preparer.outstandingCount).toBe(0);
  });

  it('fails at the op whose auth entries would make it larger than the log can hold', () => {
    const identities = Array.from({ length: 100 }, (_, i) => ({ scheme: 'digest', id: `user${i}:${'h'.repeat(28)}` }));
    const acl = Array.from({ length: 40 }, (_, i) => aclOf(i, 'auth', ''));
    const ops = ['/x', '/y', '/z'].map((path) => create(path, { acl }));
    const { txn } = new TreeHarness({ entryBytesMax: 600_000 }).prepare(multi(...ops), { identities });
    expect((txn as MultiTxn).txns.map((each) => each.type)).toEqual([OpCode.create, OpCode.create, OpCode.error]);
  });

  it('is an error of its own only when it cannot be read', () => {
    const tree = scene();
    const broken = [multi(create('/x'), create(null)), multi(remove('/none'), create('/x', { flags: 9 }))];
    const nobody = create('/y', { acl: [aclOf(31, 'world', null)] });
    for (const request of [...broken, multi(create('/x'), nobody)]) {
      expect(tree.prepare(request)).toMatchObject({ err: ErrorCode.MARSHALLINGERROR, txn: { type: OpCode.error } });
    }
    expect(tree.prepare(multi()).err).toBe(0);
    expect(tree.prepare(create('/x')).err).toBe(0);
  });

  it.each([
    ['a plain create with the flags of a container', create('/n', { flags: 4 }), OpCode.createContainer],
    ['a create2 with the flags of a container', create2('/n', { flags: 4 }), OpCode.createContainer],
    ['a TTL create with the flags of a container', createTtl('/n', 5, { flags: 4 }), OpCode.createContainer],
    ['a container create with plain flags', createContainer('/n', { flags: 0 }), OpCode.create2],
    ['a container create with the flags of an ephemeral', createContainer('/n', { flags: 1 }), OpCode.create2],
    ['a TTL create with plain flags', createTtl('/n', 5, { flags: 0 }), OpCode.create2],
    ['a plain create', create('/n', { flags: 1 }), OpCode.create],
  ])('makes the kind of node that the flags say: %s', (_, op, type) => {
    const { txn } = scene().prepare(multi(op));
    const ephemeral = op.body.flags === 1 ? { ephemeral: true } : {};
    expect((txn as MultiTxn).txns).toMatchObject([{ type, path: '/n', ...ephemeral }]);
  });

  it('cannot be read when flags of a TTL stand where no TTL is', () => {
    for (const op of [create('/n', { flags: 5 }), create2('/n', { flags: 6 }), createContainer('/n', { flags: 5 })]) {
      expect(scene().prepare(multi(op)).err).toBe(ErrorCode.MARSHALLINGERROR);
    }
  });

  it('answers for local sessions and switched-off TTLs per op', () => {
    const tree = new TreeHarness({ extendedTypesEnabled: false });
    const local = tree.prepare(multi(create('/e', { flags: 1 })), { isLocalSession: true });
    expect((local.txn as MultiTxn).txns).toEqual([{ type: OpCode.error, err: ErrorCode.EPHEMERALONLOCALSESSION }]);
    const ttl = tree.prepare(multi(createTtl('/t', 5)));
    expect((ttl.txn as MultiTxn).txns).toEqual([{ type: OpCode.error, err: ErrorCode.UNIMPLEMENTED }]);
  });
});

describe('closing a session', () => {
  it('lists what it will own, sorted: pending creates and deletes included', () => {
    const tree = scene().given(create('/open/old', { flags: 1 }), create('/open/gone', { flags: 1 }));
    tree.write(create('/foreign', { flags: 1 }), { sessionId: OTHER_SESSION });
    tree.prepare(create('/open/new', { flags: 1 }));
    tree.prepare(create('/never', { flags: 1 }));
    tree.prepare(remove('/never'));
    tree.prepare(remove('/open/gone'));
    expect((tree.prepare(CLOSE_SESSION).txn as CloseSessionTxn).paths).toEqual(['/open/new', '/open/old']);
  });

  it('does not list a node that somebody else has made anew', () => {
    const tree = scene().given(create('/e', { flags: 1 }));
    tree.prepare(remove('/e'), { sessionId: OTHER_SESSION });
    tree.prepare(create('/e', { flags: 1 }), { sessionId: OTHER_SESSION });
    expect((tree.prepare(CLOSE_SESSION).txn as CloseSessionTxn).paths).toEqual([]);
    const other = tree.prepare(CLOSE_SESSION, { sessionId: OTHER_SESSION });
    expect((other.txn as CloseSessionTxn).paths).toEqual(['/e']);
  });

  it('lets nothing of it through any more', () => {
    const tree = scene();
    tree.prepare(CLOSE_SESSION);
    expect(tree.prepare(create('/e', { flags: 1 })).err).toBe(ErrorCode.SESSIONEXPIRED);
  });

  it('frees the parents at once', () => {
    const tree = scene().given(create('/open/e', { flags: 1 }), remove('/open/a'));
    const proposals = [tree.prepare(CLOSE_SESSION), tree.prepare(remove('/open'), { sessionId: OTHER_SESSION })];
    expect(proposals.map((each) => each.err)).toEqual([0, 0]);
    for (const proposal of proposals) tree.commit(proposal);
    expect(tree.tree.ephemeralCount).toBe(0);
  });
});

describe('the sweep’s deletions', () => {
  const internal = { sessionId: 0n, isInternal: true };

  it('are checked again', () => {
    const tree = new TreeHarness({ containerMaxNeverUsedMs: 1000 });
    tree.given(createContainer('/used'), create('/used/k'), remove('/used/k'), createContainer('/fresh'), create('/p'));
    tree.given(createTtl('/t', 100), createContainer('/full'), create('/full/k'), create('/e', { flags: 1 }));
    const code = (path: string): number => tree.prepare(sweepOf(path), internal).err;
    expect(code('/none')).toBe(ErrorCode.NONODE);
    expect(code('/full')).toBe(ErrorCode.NOTEMPTY);
    expect(code('/p')).toBe(ErrorCode.BADVERSION);
    expect(code('/e')).toBe(ErrorCode.BADVERSION);
    expect(code('/fresh')).toBe(ErrorCode.BADVERSION);
    expect(code('/t')).toBe(ErrorCode.BADVERSION);
    expect(code('/')).toBe(ErrorCode.BADARGUMENTS);
    tree.nowMs += 2000;
    expect(code('/fresh')).toBe(0);
    expect(code('/t')).toBe(0);
    expect(tree.prepare(sweepOf('/used'), internal).txn).toEqual({ type: OpCode.deleteContainer, path: '/used' });
    expect(code('/used')).toBe(ErrorCode.NONODE);
  });

  it('give way to a child or a write that is pending', () => {
    const tree = new TreeHarness().given(createContainer('/c'), create('/c/k'), remove('/c/k'), createTtl('/t', 100));
    tree.nowMs += 1000;
    tree.prepare(create('/c/again'));
    tree.prepare(setData('/t', 'renewed'));
    expect(tree.prepare(sweepOf('/c'), internal).err).toBe(ErrorCode.NOTEMPTY);
    expect(tree.prepare(sweepOf('/t'), internal).err).toBe(ErrorCode.BADVERSION);
  });

  it('are not for clients', () => {
    const tree = new TreeHarness().given(createContainer('/c'), create('/c/k'), remove('/c/k'));
    expect(tree.prepare(sweepOf('/c')).err).toBe(ErrorCode.BADARGUMENTS);
  });
});

describe('other transactions', () => {
  it('createSession carries its timeout and the unchanged digest', () => {
    const { txn, digest } = new TreeHarness().prepare({ type: OpCode.createSession, body: { timeOut: 10_000 } });
    expect(txn).toEqual({ type: OpCode.createSession, timeOut: 10_000 });
    expect(digest).toEqual({ version: 2, digest: 0x51c6d660n });
  });

  it('reconfig has no ensemble to change', () => {
    const body = { joiningServers: null, leavingServers: null, newMembers: null, curConfigId: -1n };
    const request: WriteRequest = { type: OpCode.reconfig, body };
    expect(new TreeHarness().prepare(request).err).toBe(ErrorCode.RECONFIGDISABLED);
    expect(new TreeHarness({ reconfigEnabled: true }).prepare(request).err).toBe(ErrorCode.UNIMPLEMENTED);
  });
});

describe('outstanding changes', () => {
  it('are dropped as their transactions are applied, also when thousands wait', () => {
    const tree = new TreeHarness().given(create('/p'));
    const proposals = Array.from({ length: 3000 }, (_, i) => tree.prepare(create(`/p/${i}`)));
    expect(tree.preparer.outstandingCount).toBe(6000);
    for (const proposal of proposals.slice(0, 2000)) tree.commit(proposal);
    expect(tree.preparer.outstandingCount).toBe(2000);
    expect(tree.prepare(create('/p/2999')).err).toBe(ErrorCode.NODEEXISTS);
    expect(tree.prepare(create('/p/1')).err).toBe(ErrorCode.NODEEXISTS);
    for (const proposal of proposals.slice(2000)) tree.commit(proposal);
    expect(tree.preparer.outstandingCount).toBe(0);
    expect(tree.stat('/p')).toMatchObject({ numChildren: 3000, cversion: 3000 });
  });

  it('wait for their own transaction, not for one before it', () => {
    const tree = new TreeHarness();
    const first = tree.prepare(create('/a'));
    const second = tree.prepare(setData('/a', 'x'));
    tree.commit(first);
    expect(tree.prepare(setData('/a', 'y', 0)).err).toBe(ErrorCode.BADVERSION);
    tree.commit(second);
    tree.preparer.committed(99 as Zxid);
    expect(tree.prepare(setData('/a', 'y', 1)).err).toBe(0);
  });

  it('start from the tree again when it was changed behind their back', () => {
    const tree = new TreeHarness().given(create('/e', { flags: 1 }));
    expect(tree.tree.removeOrphanEphemerals(() => false)).toEqual(['/e']);
    tree.given(create('/a'));
  });

  it('check permissions against pending ACLs', () => {
    const tree = new TreeHarness().given(create('/a'));
    tree.prepare(setAcl('/a', READ_ACL_UNSAFE));
    expect(tree.prepare(setData('/a', 'x')).err).toBe(ErrorCode.NOAUTH);
    tree.prepare(create('/b', { acl: READ_ACL_UNSAFE }));
    expect(tree.prepare(create('/b/c')).err).toBe(ErrorCode.NOAUTH);
  });
});
