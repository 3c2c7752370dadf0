import { expect, test } from 'vitest';
import type { Id } from '../../../src/protocol/acl.js';
import { CREATOR_ALL_ACL, OPEN_ACL_UNSAFE } from '../../../src/protocol/acl.js';
import { CreateFlags } from '../../../src/protocol/create-mode.js';
import { ErrorCode } from '../../../src/protocol/error-codes.js';
import { JuteWriter } from '../../../src/protocol/jute-writer.js';
import { OpCode } from '../../../src/protocol/op-codes.js';
import { PipelineHarness } from '../pipeline/support/pipeline-harness.js';
import { TreeHarness } from './support/tree-harness.js';

const identities = (count: number): Id[] =>
  Array.from({ length: count }, (_, i) => ({ scheme: 'digest', id: `user-${i}:${'x'.repeat(28)}` }));
const create = (path: string) => ({ path, data: null, acl: CREATOR_ALL_ACL, flags: 0 });

test('a list that grows beyond the log by its identities is refused, and nothing is left of it', () => {
  const server = new PipelineHarness();
  const link = server.open();
  link.link.identities = identities(10_000);
  link.send(OpCode.create, create('/a'));
  link.link.identities = identities(100);
  link.send(OpCode.create, create('/b'));
  server.sync();
  expect(link.take().map(({ err }) => err)).toEqual([ErrorCode.INVALIDACL, 0]);
});

test('so is a multi whose lists together do', () => {
  const server = new PipelineHarness();
  const link = server.open();
  link.link.identities = identities(1000);
  const ops = Array.from({ length: 100 }, (_, i) => ({ type: OpCode.create, err: -1, body: create(`/n${i}`) }));
  link.send(OpCode.multi, { ops });
  link.send(OpCode.multi, { ops: ops.slice(0, 5) });
  server.sync();
  const [refused, taken] = link.take();
  const results = link.decode(OpCode.multi, refused).results.map(({ err }) => err);
  expect(results).toContain(ErrorCode.INVALIDACL);
  expect(results.at(-1)).toBe(ErrorCode.RUNTIMEINCONSISTENCY);
  expect(link.decode(OpCode.multi, taken).results.map(({ err }) => err)).toEqual([0, 0, 0, 0, 0]);
});

/** Bytes that are no UTF-8: each is read, and stored, as the three bytes of U+FFFD. */
const illFormed = Buffer.concat([Buffer.from('u:'), Buffer.alloc(1_040_000, 0xff)]);

/** A request of one op on /x whose ACL is one digest entry with such an id. */
function withIllFormedAcl(xid: number, op: number, data: 'data' | null): Buffer {
  const writer = new JuteWriter().int32(xid).int32(op).ustring('/x');
  if (data !== null) writer.buffer(null);
  return writer
    .int32(1)
    .int32(31)
    .ustring('digest')
    .buffer(illFormed)
    .int32(data === null ? -1 : 0)
    .take();
}

test('a list that decoding has made longer than the log can hold is refused', () => {
  const server = new PipelineHarness();
  const link = server.open();
  link.sendRaw(withIllFormedAcl(1, OpCode.create, 'data'));
  link.send(OpCode.create, { path: '/x', data: null, acl: OPEN_ACL_UNSAFE, flags: 0 }, 2);
  link.sendRaw(withIllFormedAcl(3, OpCode.setACL, null));
  link.send(OpCode.getACL, { path: '/x' }, 4);
  server.sync();
  expect(link.take().map(({ err }) => err)).toEqual([ErrorCode.INVALIDACL, 0, ErrorCode.INVALIDACL, 0]);
});

test('a multi that outgrows the log by its suffixes is refused, and nothing is left of it', () => {
  const tree = new TreeHarness({ entryBytesMax: 60_000 });
  const body = { path: '/', data: null, acl: OPEN_ACL_UNSAFE, flags: CreateFlags.persistentSequential };
  const ops = (count: number) => Array.from({ length: count }, () => ({ type: OpCode.create, err: -1, body }));
  expect(tree.prepare({ type: OpCode.multi, body: { ops: ops(1200) } }).err).toBe(ErrorCode.MARSHALLINGERROR);
  expect(tree.prepare({ type: OpCode.multi, body: { ops: ops(1) } }).txn).toMatchObject({
    txns: [{ path: '/0000000000' }],
  });
});
