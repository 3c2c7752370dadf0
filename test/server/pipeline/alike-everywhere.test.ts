import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Acl } from '../../../src/protocol/acl.js';
import { OPEN_ACL_UNSAFE } from '../../../src/protocol/acl.js';
import type { MultiOp } from '../../../src/protocol/multi.js';
import { OpCode } from '../../../src/protocol/op-codes.js';
import { treeImage } from '../tree/support/tree-state.js';
import { EnsembleHarness } from './support/ensemble-harness.js';
import { PipelineHarness } from './support/pipeline-harness.js';
import type { TestLink } from './support/test-link.js';

/** A server alone has this one: so its sessions get the ids that this member's get. */
const SID = 1;
const OTHER_SID = 2;

const READ_ONLY: readonly Acl[] = [{ perms: 1, id: { scheme: 'world', id: 'anyone' } }];
const FOR_US: readonly Acl[] = [{ perms: 31, id: { scheme: 'ip', id: '127.0.0.1' } }];
const path = fc.constantFrom('/a', '/b', '/a/x', '/a/y', '/a/x/z', '/', '/zookeeper', '/größe', 'bad', '');
const data = fc.option(fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)));
const created = fc.record({
  path: fc.oneof(path, fc.constant('/a/s-')),
  data,
  acl: fc.constantFrom(OPEN_ACL_UNSAFE, OPEN_ACL_UNSAFE, READ_ONLY, FOR_US, []),
  flags: fc.integer({ min: -1, max: 7 }),
});
const version = fc.integer({ min: -1, max: 2 });
const set = fc.record({ path, data, version });
const op: fc.Arbitrary<MultiOp> = fc.oneof(
  fc
    .tuple(fc.constantFrom(OpCode.create, OpCode.create2, OpCode.createContainer), created)
    .map(([type, body]): MultiOp => ({ type, err: -1, body })),
  set.map((body): MultiOp => ({ type: OpCode.setData, err: -1, body })),
  fc.record({ path, version }).map((body): MultiOp => ({ type: OpCode.delete, err: -1, body })),
  fc.record({ path, version }).map((body): MultiOp => ({ type: OpCode.check, err: -1, body })),
);

type Send = (link: TestLink) => void;

const request: fc.Arbitrary<Send> = fc.oneof(
  {
    weight: 3,
    arbitrary: created.map(
      (body): Send =>
        (link) =>
          link.send(OpCode.create, body),
    ),
  },
  {
    weight: 3,
    arbitrary: created.map(
      (body): Send =>
        (link) =>
          link.send(OpCode.create2, body),
    ),
  },
  created.map(
    (body): Send =>
      (link) =>
        link.send(OpCode.createContainer, { ...body, flags: 4 }),
  ),
  created.map(
    (body): Send =>
      (link) =>
        link.send(OpCode.createTTL, { ...body, flags: 5, ttl: 1000n }),
  ),
  {
    weight: 2,
    arbitrary: fc.record({ path, version }).map(
      (body): Send =>
        (link) =>
          link.send(OpCode.delete, body),
    ),
  },
  {
    weight: 4,
    arbitrary: set.map(
      (body): Send =>
        (link) =>
          link.send(OpCode.setData, body),
    ),
  },
  fc.tuple(path, version).map(
    ([p, v]): Send =>
      (link) =>
        link.send(OpCode.setACL, { path: p, acl: READ_ONLY, version: v }),
  ),
  {
    weight: 3,
    arbitrary: fc.array(op, { maxLength: 4 }).map(
      (ops): Send =>
        (link) =>
          link.send(OpCode.multi, { ops }),
    ),
  },
  fc.array(set, { maxLength: 3 }).map((sets): Send => (link) => {
    const ops = sets.map((body): MultiOp => ({ type: OpCode.setData, err: -1, body }));
    link.send(OpCode.multi, { ops });
  }),
  fc.tuple(path, fc.boolean()).map(
    ([p, watch]): Send =>
      (link) =>
        link.send(OpCode.getData, { path: p, watch }),
  ),
  fc.tuple(path, fc.boolean()).map(
    ([p, watch]): Send =>
      (link) =>
        link.send(OpCode.getChildren2, { path: p, watch }),
  ),
  path.map(
    (p): Send =>
      (link) =>
        link.send(OpCode.addWatch, { path: p, mode: 1 }),
  ),
  fc.constant<Send>((link) =>
    link.send(OpCode.reconfig, { joiningServers: null, leavingServers: null, newMembers: null, curConfigId: -1n }),
  ),
  fc.constant<Send>((link) => link.send(OpCode.auth, { type: 0, scheme: 'digest', auth: Buffer.from('bob:x') }, -4)),
);

/** What is under way together. A sync is for itself: alone it waits for nothing. */
const round = fc.oneof(
  { weight: 8, arbitrary: fc.array(fc.tuple(fc.nat(1), request), { minLength: 1, maxLength: 5 }) },
  fc
    .tuple(
      fc.nat(1),
      path.map(
        (p): Send =>
          (link) =>
            link.send(OpCode.sync, { path: p }),
      ),
    )
    .map((one) => [one]),
);

test.each([
  ['a follower', SID, { followers: [SID, OTHER_SID, 3], leader: 3 }],
  ['an observer', SID, { followers: [OTHER_SID, 3], observers: [SID], leader: 3 }],
  ['the leader', SID, { followers: [SID, OTHER_SID, 3], leader: SID }],
] as const)('clients of %s get, byte for byte, what a server alone would tell them', (_, sid, options) => {
  fc.assert(
    fc.property(fc.array(round, { maxLength: 12 }), (rounds) => {
      const alone = new PipelineHarness();
      const ensemble = new EnsembleHarness(options);
      const member = ensemble.member(sid);
      const links = [0, 1].map(() => [alone.open(), member.open()] as const);
      for (const each of rounds) {
        for (const [index, send] of each) for (const link of links[index]!) send(link);
        alone.sync();
        ensemble.settle();
        for (const [one, other] of links) {
          expect(other.link.out.take().toString('hex')).toBe(one.link.out.take().toString('hex'));
          expect(other.isClosed).toBe(one.isClosed);
        }
        for (const at of [sid, OTHER_SID])
          expect(treeImage(ensemble.member(at).state.tree)).toEqual(treeImage(alone.tree));
      }
      expect(ensemble.diverged).toEqual([]);
      expect(ensemble.isEqualEverywhere()).toBe(true);
      expect(member.pipeline.outstanding).toBe(0);
    }),
    { numRuns: 60 },
  );
});
