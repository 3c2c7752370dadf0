import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import type { Acl } from '../../../src/protocol/acl.js';
import { OPEN_ACL_UNSAFE } from '../../../src/protocol/acl.js';
import type { OpCodec } from '../../../src/protocol/codec.js';
import { JuteWriter } from '../../../src/protocol/jute-writer.js';
import type { MultiOp } from '../../../src/protocol/multi.js';
import { OpCode } from '../../../src/protocol/op-codes.js';
import { requestCodecs } from '../../../src/protocol/request-codec.js';
import type { RequestOf, RequestOp } from '../../../src/protocol/request-codec.js';
import { FastSets } from '../../../src/server/pipeline/fast-sets.js';
import { treeImage } from '../tree/support/tree-state.js';
import type { TestLink } from './support/test-link.js';
import { PipelineHarness } from './support/pipeline-harness.js';

const FOR_OTHERS: readonly Acl[] = [{ perms: 31, id: { scheme: 'ip', id: '10.0.0.1' } }];
const READ_ONLY: readonly Acl[] = [{ perms: 1, id: { scheme: 'world', id: 'anyone' } }];
const FOR_US: readonly Acl[] = [{ perms: 31, id: { scheme: 'ip', id: '127.0.0.1' } }];

const LINKS = 3;
const NODES = ['/a', '/b', '/a/x', '/a/y', '/größe'];

const path = fc.oneof(
  { weight: 40, arbitrary: fc.constantFrom(...NODES) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('/', '', 'a', '/a/', '//', '/\0', '/none', '/zookeeper', '/zookeeper/quota'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '/zookeeper/quota/a',
      ...['limits', 'stats'].map((n) => `/zookeeper/quota/a/zookeeper_${n}`),
    ),
  },
);
const data = fc.oneof(
  { weight: 8, arbitrary: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.nat(9000).map((length) => Buffer.alloc(length, 'x')) },
  { weight: 1, arbitrary: fc.constant(Buffer.from('count=3,bytes=50=;byteHardLimit=60;countHardLimit=4')) },
);
const version = fc.oneof(
  { weight: 3, arbitrary: fc.constant(-1) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 3 }) },
);
const set = fc.record({ path, data, version });
const setOp = set.map((body): MultiOp => ({ type: OpCode.setData, err: -1, body }));
const created = fc.record({
  path: fc.oneof(path, fc.constant('/a/s-')),
  data,
  acl: fc.constantFrom(OPEN_ACL_UNSAFE, OPEN_ACL_UNSAFE, READ_ONLY, FOR_OTHERS, FOR_US),
  flags: fc.constantFrom(0, 0, 0, 1, 2, 3),
});
const otherOp: fc.Arbitrary<MultiOp> = fc.oneof(
  created.map((body): MultiOp => ({ type: OpCode.create2, err: -1, body })),
  fc.record({ path, version }).map((body): MultiOp => ({ type: OpCode.delete, err: -1, body })),
  fc.record({ path, version }).map((body): MultiOp => ({ type: OpCode.check, err: -1, body })),
);
const ops = fc.oneof(
  { weight: 5, arbitrary: fc.array(setOp, { maxLength: 4 }) },
  { weight: 2, arbitrary: fc.array(fc.oneof(setOp, otherOp), { maxLength: 4 }) },
  { weight: 1, arbitrary: fc.array(setOp, { minLength: 15, maxLength: 18 }) },
);

function request<Op extends RequestOp>(op: Op, body: RequestOf<Op>): Buffer {
  const writer = new JuteWriter().int32(7).int32(op);
  (requestCodecs[op] as OpCodec<RequestOf<Op>, unknown>).request.write(writer, body);
  return writer.take();
}

const sound = fc.oneof(
  { weight: 10, arbitrary: set.map((body) => request(OpCode.setData, body)) },
  { weight: 5, arbitrary: ops.map((list) => request(OpCode.multi, { ops: list })) },
  { weight: 6, arbitrary: created.map((body) => request(OpCode.create2, body)) },
  { weight: 3, arbitrary: fc.record({ path, version }).map((body) => request(OpCode.delete, body)) },
  { weight: 1, arbitrary: path.map((p) => request(OpCode.setACL, { path: p, acl: READ_ONLY, version: -1 })) },
  { weight: 2, arbitrary: path.map((p) => request(OpCode.getData, { path: p, watch: false })) },
  { weight: 1, arbitrary: path.map((p) => request(OpCode.getData, { path: p, watch: true })) },
  { weight: 1, arbitrary: path.map((p) => request(OpCode.addWatch, { path: p, mode: 1 })) },
);

/** A few bytes changed, cut off or added. */
const broken = fc
  .tuple(
    fc.oneof(
      set.map((body) => request(OpCode.setData, body)),
      ops.map((list) => request(OpCode.multi, { ops: list })),
    ),
    fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 2 }),
    fc.nat(80),
    fc.uint8Array({ maxLength: 3 }),
  )
  .map(([frame, changes, length, more]) => {
    const bytes = Buffer.from(frame);
    for (const [at, value] of changes) if (at >= 8) bytes[at % bytes.length] = value;
    frame.copy(bytes, 0, 0, 8);
    return Buffer.concat([bytes.subarray(0, Math.max(8, length)), more]);
  });

type Step = (server: PipelineHarness, links: TestLink[]) => void;

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 40,
    arbitrary: fc.tuple(fc.nat(LINKS - 1), fc.oneof({ weight: 14, arbitrary: sound }, broken)).map(
      ([i, frame]): Step =>
        (_, links) =>
          links[i]!.sendRaw(frame),
    ),
  },
  {
    weight: 8,
    arbitrary: fc.nat(4).map(
      (butLast): Step =>
        (server) =>
          server.sync(butLast),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.nat(LINKS - 1).map(
      (i): Step =>
        (_, links) =>
          links[i]!.disconnect(),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.nat(LINKS - 1).map(
      (i): Step =>
        (_, links) =>
          void links[i]!.send(OpCode.closeSession, {}),
    ),
  },
);

/** Rare by chance: a quota; a node that came while something later of it still waits; a session that ends by itself. */
const rare: fc.Arbitrary<Step> = fc.oneof(
  fc.constant<Step>((_, links) => {
    const paths = ['', '/a', '/a/zookeeper_limits', '/a/zookeeper_stats'].map((end) => `/zookeeper/quota${end}`);
    const limits = Buffer.from('count=3,bytes=50=;byteHardLimit=60;countHardLimit=4');
    for (const each of paths)
      links[0]!.send(OpCode.create, { path: each, data: limits, acl: OPEN_ACL_UNSAFE, flags: 0 });
  }),
  fc.tuple(fc.constantFrom(...NODES), fc.nat(2)).map(([node, butLast]): Step => (server, links) => {
    const asked = { path: node, data: Buffer.from('new'), version: -1 };
    links[0]!.send(OpCode.delete, asked);
    links[1]!.send(OpCode.create, { ...asked, acl: OPEN_ACL_UNSAFE, flags: 0 });
    links[1]!.send(OpCode.setData, asked);
    server.sync(butLast);
    links[2]!.send(OpCode.setData, { ...asked, version: 1 });
    links[2]!.send(OpCode.setData, asked);
  }),
  fc.nat(LINKS - 1).map((i): Step => (server, links) => {
    server.pipeline.endSession(links[i]!.link.sessionId);
    links[i]!.send(OpCode.setData, { path: '/b', data: Buffer.from('late'), version: -1 });
  }),
);

interface Course {
  /** What the nodes may be done to, in the order of {@link NODES}. */
  readonly acls: readonly (readonly Acl[])[];
  readonly steps: readonly Step[];
  readonly digestEnabled: boolean;
  readonly enforceQuota: boolean;
}

const course: fc.Arbitrary<Course> = fc.record({
  acls: fc.array(fc.constantFrom(OPEN_ACL_UNSAFE, OPEN_ACL_UNSAFE, OPEN_ACL_UNSAFE, READ_ONLY, FOR_US), {
    minLength: NODES.length,
    maxLength: NODES.length,
  }),
  steps: fc.array(fc.oneof({ weight: 30, arbitrary: step }, rare), { minLength: 10, maxLength: 60 }),
  digestEnabled: fc.constantFrom(true, true, false),
  enforceQuota: fc.boolean(),
});

/** Everything that anybody can see of it afterwards. */
function run({ acls, steps, digestEnabled, enforceQuota }: Course): unknown {
  const server = new PipelineHarness({}, { digestEnabled, enforceQuota });
  const { stats } = server;
  const links = Array.from({ length: LINKS }, () => server.open());
  for (const [i, node] of NODES.entries()) {
    links[0]!.send(OpCode.create, { path: node, data: Buffer.from('old'), acl: acls[i]!, flags: 0 });
  }
  server.sync();
  const seen: string[] = [];
  for (const each of steps) {
    server.nowMs++;
    each(server, links);
    for (const [i, { link, isClosed }] of links.entries()) {
      seen.push(link.out.take().toString('hex'));
      if (isClosed || link.closed) links[i] = server.open();
    }
  }
  server.sync();
  expect(server.pipeline.outstanding).toBe(0);
  return {
    seen,
    last: links.map(({ link }) => ({ bytes: link.out.take().toString('hex'), stats: { ...link.stats } })),
    log: server.entries.map((entry) => entry.toString('hex')),
    tree: treeImage(server.tree),
    counters: stats.counterValues(),
    counted: { latency: { ...stats.latency }, max: stats.maxResponseBytes, sent: stats.packetsSent },
    writes: [...stats.writes.entries()].map(([name, { count, sum }]) => [name, count, sum]),
  };
}

test('sets in place give the answers, log, tree and counts of the general way', () => {
  let fast = 0;
  fc.assert(
    fc.property(course, (each) => {
      const off = vi.spyOn(FastSets.prototype, 'take').mockReturnValue(null);
      const general = run(each);
      off.mockRestore();
      const on = vi.spyOn(FastSets.prototype, 'take');
      expect(run(each)).toEqual(general);
      fast += on.mock.results.filter(({ value }) => value !== null).length;
      on.mockRestore();
    }),
    { numRuns: 400 },
  );
  // Else nothing was compared.
  expect(fast).toBeGreaterThan(300);
});
