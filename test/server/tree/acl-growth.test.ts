import { expect, test } from 'vitest';
import type { Id } from '../../../src/protocol/acl.js';
import { CREATOR_ALL_ACL } from '../../../src/protocol/acl.js';
import { ErrorCode } from '../../../src/protocol/error-codes.js';
import { OpCode } from '../../../src/protocol/op-codes.js';
import { PipelineHarness } from '../pipeline/support/pipeline-harness.js';

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
