import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../../../src/protocol/error-codes.js';
import { OpCode } from '../../../src/protocol/op-codes.js';
import type { WriteRequest } from '../../../src/server/tree/proposal.js';
import { check, multi, OTHER_SESSION, setData, TreeHarness, type HarnessOptions } from './support/tree-harness.js';

const RECONFIG: WriteRequest = {
  type: OpCode.reconfig,
  body: { joiningServers: null, leavingServers: '1', newMembers: null, curConfigId: -1n },
};
const SUPER = { identities: [{ scheme: 'super', id: '' }] };

function scene(answer: Buffer | number, options: HarnessOptions = {}): TreeHarness {
  return new TreeHarness({ reconfigEnabled: true, members: { change: () => answer }, ...options });
}

describe('a change of members', () => {
  it.each<[string, TreeHarness, number]>([
    [
      'is refused where they are fixed',
      scene(Buffer.from('x'), { reconfigEnabled: false }),
      ErrorCode.RECONFIGDISABLED,
    ],
    ['is refused by who knows them before the ACL is asked', scene(ErrorCode.BADVERSION), ErrorCode.BADVERSION],
    ['needs WRITE on the node', scene(Buffer.from('x')), ErrorCode.NOAUTH],
  ])('%s', (_, harness, err) => {
    expect(harness.prepare(RECONFIG)).toMatchObject({ err, txn: { type: OpCode.error, err } });
  });

  it('is none of a server that is alone', () => {
    expect(new TreeHarness({ reconfigEnabled: true }).prepare(RECONFIG, SUPER).err).toBe(ErrorCode.UNIMPLEMENTED);
  });

  it('is none of a session that is over', () => {
    const harness = scene(ErrorCode.BADVERSION);
    harness.closing.add(OTHER_SESSION);
    expect(harness.prepare(RECONFIG, { ...SUPER, sessionId: OTHER_SESSION }).err).toBe(ErrorCode.SESSIONEXPIRED);
  });

  it('sets the config node, whose version stays, and leaves the digest alone', () => {
    const harness = scene(Buffer.from('server.1=...'));
    const { digest } = harness.tree;
    const proposal = harness.prepare(RECONFIG, SUPER);
    expect(proposal.txn).toMatchObject({ type: OpCode.reconfig, path: '/zookeeper/config', version: -1 });
    // What is prepared next sees it already.
    expect(harness.prepare(multi(check('/zookeeper/config', -1)), SUPER).err).toBe(0);
    harness.commit(proposal);
    const node = harness.tree.find('/zookeeper/config')!;
    expect(node.data?.toString()).toBe('server.1=...');
    expect(harness.tree.stat(node)).toMatchObject({ version: -1, aversion: -1, mzxid: proposal.header.zxid });
    expect(harness.tree.digest).toBe(digest);
  });
});

it('a server shows the members that it goes by without a transaction', () => {
  const harness = new TreeHarness();
  harness.write(setData('/zookeeper/config', 'anything'), SUPER);
  const { digest, lastProcessedZxid } = harness.tree;
  harness.tree.showConfig(Buffer.from('version=100000000'), { mzxid: 0x1_0000_0000 as never, mtime: 77 });
  const node = harness.tree.find('/zookeeper/config')!;
  expect(node.data?.toString()).toBe('version=100000000');
  expect(harness.tree.stat(node)).toMatchObject({ version: -1, mzxid: 0x1_0000_0000, mtime: 77, czxid: 0, pzxid: 0 });
  expect([harness.tree.digest, harness.tree.lastProcessedZxid]).toEqual([digest, lastProcessedZxid]);
});
