import fc from 'fast-check';
import type { Acl } from '../../../../src/protocol/acl.js';
import { OPEN_ACL_UNSAFE, READ_ACL_UNSAFE } from '../../../../src/protocol/acl.js';
import type { MultiOp } from '../../../../src/protocol/multi.js';
import { OpCode } from '../../../../src/protocol/op-codes.js';
import type { WriteRequest } from '../../../../src/server/tree/proposal.js';
import { aclOf, sweepOf } from './tree-harness.js';

/** A write and who asks for it. */
export interface AskedWrite {
  readonly request: WriteRequest;
  readonly sessionId: bigint;
  readonly isInternal: boolean;
}

const SESSIONS = [0x1_0000_0001n, 0x1_0000_0002n, 0x1_0000_0003n];

/** Few names, so that requests meet. */
const names = fc.constantFrom('a', 'b', 'c');
const validPath = fc.array(names, { minLength: 1, maxLength: 3 }).map((parts) => `/${parts.join('/')}`);
const path = fc.oneof(
  { weight: 30, arbitrary: validPath },
  { weight: 1, arbitrary: fc.constantFrom('/', '', 'a', '/a/', '/a//b', '/zookeeper', '/zookeeper/quota/a', '/a/\0') },
);
const data = fc.oneof(
  fc.constant(null),
  fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
);
const acl: fc.Arbitrary<readonly Acl[] | null> = fc.oneof(
  { weight: 20, arbitrary: fc.constant(OPEN_ACL_UNSAFE) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<readonly Acl[] | null>(
      READ_ACL_UNSAFE,
      [aclOf(15, 'world', 'anyone'), aclOf(16, 'digest', 'a:b')],
      [aclOf(31, 'ip', '10.0.0.0/8'), aclOf(29, 'world', 'anyone')],
      [],
      null,
    ),
  },
);
const version = fc.constantFrom(-1, -1, -1, 0, 1, 2);

const createOp: fc.Arbitrary<MultiOp> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constantFrom(OpCode.create, OpCode.create2),
      err: fc.constant(-1),
      body: fc.record({ path, data, acl, flags: fc.constantFrom(0, 0, 0, 1, 1, 2, 3) }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant(OpCode.createContainer),
      err: fc.constant(-1),
      body: fc.record({ path, data, acl, flags: fc.constant(4) }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant(OpCode.createTTL),
      err: fc.constant(-1),
      body: fc.record({ path, data, acl, flags: fc.constantFrom(5, 6), ttl: fc.constantFrom(1n, 5n, 1000n) }),
    }),
  },
);
const deleteOp: fc.Arbitrary<MultiOp> = fc.record({
  type: fc.constant(OpCode.delete),
  err: fc.constant(-1),
  body: fc.record({ path, version }),
});
const setDataOp: fc.Arbitrary<MultiOp> = fc.record({
  type: fc.constant(OpCode.setData),
  err: fc.constant(-1),
  body: fc.record({ path, data, version }),
});
const checkOp: fc.Arbitrary<MultiOp> = fc.record({
  type: fc.constant(OpCode.check),
  err: fc.constant(-1),
  body: fc.record({ path, version }),
});

const single = fc.oneof(
  { weight: 6, arbitrary: createOp },
  { weight: 3, arbitrary: deleteOp },
  { weight: 3, arbitrary: setDataOp },
) as fc.Arbitrary<Exclude<MultiOp, { type: typeof OpCode.check }>>;

const setAclRequest: fc.Arbitrary<WriteRequest> = fc.record({
  type: fc.constant(OpCode.setACL),
  body: fc.record({ path, acl, version }),
});
const multiRequest: fc.Arbitrary<WriteRequest> = fc.record({
  type: fc.constant(OpCode.multi),
  body: fc.record({ ops: fc.array(fc.oneof(createOp, deleteOp, setDataOp, checkOp), { maxLength: 4 }) }),
});
const closeRequest: fc.Arbitrary<WriteRequest> = fc.constant({ type: OpCode.closeSession, body: {} });

const fromClient = fc.record({
  request: fc.oneof(
    { weight: 12, arbitrary: single },
    { weight: 1, arbitrary: setAclRequest },
    { weight: 3, arbitrary: multiRequest },
    { weight: 1, arbitrary: closeRequest },
  ),
  sessionId: fc.constantFrom(...SESSIONS),
  isInternal: fc.constant(false),
});
const fromSweep = fc.record({
  request: validPath.map(sweepOf),
  sessionId: fc.constant(0n),
  isInternal: fc.constant(true),
});

/** Writes of every kind on a small tree, many of them refused. */
export const askedWrite: fc.Arbitrary<AskedWrite> = fc.oneof(
  { weight: 12, arbitrary: fromClient },
  { weight: 1, arbitrary: fromSweep },
);
