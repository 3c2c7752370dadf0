import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { OPEN_ACL_UNSAFE } from '../../../src/protocol/acl.js';
import { OpCode } from '../../../src/protocol/op-codes.js';
import { DataTree } from '../../../src/server/tree/data-tree.js';
import { treeImage } from '../tree/support/tree-state.js';
import { EnsembleHarness } from './support/ensemble-harness.js';
import type { TestLink } from './support/test-link.js';

const LEARNER = 1;
const path = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom('/a', '/b', '/a/x', '/größe') },
  { weight: 1, arbitrary: fc.constantFrom('/', '/none', '/zookeeper', '/zookeeper/config', '/zookeeper/quota/a') },
);
const data = fc.oneof(
  { weight: 6, arbitrary: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.nat(20_000).map((length) => Buffer.alloc(length, 'x')) },
);
type Send = (link: TestLink) => void;
const send: fc.Arbitrary<Send> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({ path, data, version: fc.constantFrom(-1, -1, 0, 1) }).map(
      (body): Send =>
        (link) =>
          link.send(OpCode.setData, body),
    ),
  },
  {
    weight: 2,
    arbitrary: path.map(
      (each): Send =>
        (link) =>
          link.send(OpCode.delete, { path: each, version: -1 }),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.record({ path, data }).map(
      (node): Send =>
        (link) =>
          link.send(OpCode.create, { ...node, acl: OPEN_ACL_UNSAFE, flags: 0 }),
    ),
  },
  {
    weight: 2,
    arbitrary: path.map(
      (each): Send =>
        (link) =>
          link.send(OpCode.getData, { path: each, watch: true }),
    ),
  },
);
/** A subtree with a quota: there nothing is set in place. */
const limit: Send = (link) => {
  const limits = Buffer.from('count=-1,bytes=-1=;byteHardLimit=-1;countHardLimit=-1');
  for (const end of ['', '/a', '/a/zookeeper_limits', '/a/zookeeper_stats']) {
    link.send(OpCode.create, { path: `/zookeeper/quota${end}`, data: limits, acl: OPEN_ACL_UNSAFE, flags: 0 });
  }
};

const course = fc.record({
  digestEnabled: fc.boolean(),
  /** Who sends, what, and how much of it is committed before the next. */
  steps: fc.array(fc.tuple(fc.nat(2), fc.oneof({ weight: 20, arbitrary: send }, fc.constant(limit)), fc.nat(3)), {
    maxLength: 40,
  }),
});
type Course = typeof course extends fc.Arbitrary<infer T> ? T : never;

function run({ digestEnabled, steps }: Course): unknown {
  const ensemble = new EnsembleHarness({ digestEnabled });
  const links = [ensemble.member(LEARNER).open(), ensemble.member(2).open(), ensemble.leader.open()] as const;
  for (const node of ['/a', '/b', '/a/x', '/größe']) {
    links[0].send(OpCode.create, { path: node, data: Buffer.from(node), acl: OPEN_ACL_UNSAFE, flags: 0 });
  }
  ensemble.settle();
  for (const [who, act, committed] of steps) {
    act(links[who]!);
    ensemble.toLeader(LEARNER);
    ensemble.toLeader(2);
    ensemble.commit(committed);
    ensemble.toLearner(LEARNER);
  }
  ensemble.settle();
  return {
    answers: links.map(({ link }) => link.out.take().toString('hex')),
    trees: [1, 2, 3].map((sid) => treeImage(ensemble.member(sid).state.tree)),
    diverged: ensemble.diverged,
    writes: [1, 2].map((sid) =>
      [...ensemble.member(sid).stats.writes.entries()].map(([name, { count, sum }]) => [name, count, sum]),
    ),
    outstanding: [1, 2, 3].map((sid) => ensemble.member(sid).pipeline.outstanding),
  };
}

test('sets that a learner applies in place give the answers, events, tree and counts of the general way', () => {
  let inPlace = 0;
  let generally = 0;
  fc.assert(
    fc.property(course, (each) => {
      const off = vi.spyOn(DataTree.prototype, 'applyLogged').mockReturnValue(null);
      const general = run(each);
      off.mockRestore();
      const on = vi.spyOn(DataTree.prototype, 'applyLogged');
      expect(run(each)).toEqual(general);
      expect(general).toMatchObject({ diverged: [], outstanding: [0, 0, 0] });
      inPlace += on.mock.results.filter(({ value }) => value !== null).length;
      generally += on.mock.results.filter(({ value }) => value === null).length;
      on.mockRestore();
    }),
    { numRuns: 150 },
  );
  // Else nothing was compared.
  expect(inPlace).toBeGreaterThan(300);
  expect(generally).toBeGreaterThan(10);
});

test("a learner says when a set in place does not make its tree the leader's", () => {
  const ensemble = new EnsembleHarness();
  const link = ensemble.leader.open();
  link.send(OpCode.create, { path: '/a', data: Buffer.from('x'), acl: OPEN_ACL_UNSAFE, flags: 0 });
  ensemble.settle();
  const { tree } = ensemble.member(LEARNER).state;
  tree.digestSum.add(1);
  link.send(OpCode.setData, { path: '/a', data: Buffer.from('y'), version: -1 });
  ensemble.settle();
  expect(ensemble.diverged).toEqual([ensemble.leader.state.tree.lastProcessedZxid]);
});
