import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import type { Acl } from '../../../src/protocol/acl.js';
import { OPEN_ACL_UNSAFE } from '../../../src/protocol/acl.js';
import { JuteWriter } from '../../../src/protocol/jute-writer.js';
import { OpCode } from '../../../src/protocol/op-codes.js';
import { FastReads } from '../../../src/server/pipeline/fast-reads.js';
import type { TestLink } from './support/test-link.js';
import { PipelineHarness } from './support/pipeline-harness.js';

const FOR_OTHERS: readonly Acl[] = [{ perms: 31, id: { scheme: 'ip', id: '10.0.0.1' } }];
const READ_ONLY: readonly Acl[] = [{ perms: 1, id: { scheme: 'world', id: 'anyone' } }];

const path = fc.oneof(
  fc.constantFrom('/a', '/b', '/a/x', '/a/y', '/größe', '/zookeeper', '/', '', 'a', '/a/', '//', '/\0', '/none'),
  fc.string({ unit: 'binary', maxLength: 4 }).map((text) => `/${text}`),
);

/** An in-place read as clients send it. */
const soundRead = fc
  .record({
    xid: fc.integer({ min: -2, max: 5 }),
    type: fc.constantFrom(OpCode.exists, OpCode.getData, OpCode.getChildren, OpCode.getChildren2, OpCode.getACL),
    path,
    watch: fc.constantFrom(false, false, false, true),
  })
  .map((read) => new JuteWriter().int32(read.xid).int32(read.type).ustring(read.path).bool(read.watch).take());

/** The same with a few bytes changed, cut off or added. */
const brokenRead = fc
  .tuple(
    soundRead,
    fc.array(fc.tuple(fc.nat(40), fc.nat(255)), { maxLength: 3 }),
    fc.nat(40),
    fc.uint8Array({ maxLength: 3 }),
  )
  .map(([frame, changes, length, more]) => {
    const bytes = Buffer.from(frame);
    for (const [at, value] of changes) bytes[at % bytes.length] = value;
    // A write would change what the next one finds.
    frame.copy(bytes, 4, 4, 8);
    return Buffer.concat([bytes.subarray(0, Math.max(8, length)), more]);
  });

const nodes = fc.array(
  fc.record({
    path: fc.constantFrom('/a', '/b', '/a/x', '/a/y', '/a/größe', '/größe', '/c'),
    data: fc.option(fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes))),
    acl: fc.constantFrom(OPEN_ACL_UNSAFE, READ_ONLY, FOR_OTHERS),
    flags: fc.constantFrom(0, 1),
  }),
  { maxLength: 10 },
);

/** What a connection gets for a frame, and what is counted of it. */
function answerTo({ stats }: PipelineHarness, client: TestLink, frame: Buffer): unknown {
  const { link } = client;
  stats.reset();
  link.stats.reset();
  client.sendRaw(frame);
  const { packetsReceived, packetsSent, latency, lastResponseBytes, maxResponseBytes } = stats;
  return {
    bytes: link.out.take().toString('hex'),
    isClosed: client.isClosed,
    link: { ...link.stats },
    counted: { packetsReceived, packetsSent, lastResponseBytes, maxResponseBytes, latency: { ...latency } },
    counters: stats.counterValues(),
    reads: [...stats.reads.entries()].map(([name, { count, sum }]) => [name, count, sum]),
    readLatencies: stats.percentiles.readlatency.count,
  };
}

test('the fast way of a read gives the answers, and counts, of the general way', () => {
  let fast = 0;
  fc.assert(
    fc.property(
      nodes,
      fc.array(fc.oneof(soundRead, brokenRead), { minLength: 10, maxLength: 30 }),
      (created, frames) => {
        const server = new PipelineHarness();
        const writer = server.open();
        for (const node of created) writer.send(OpCode.create, node);
        server.sync();
        let clients = [server.open(), server.open()] as const;
        for (const frame of frames) {
          if (clients.some(({ isClosed }) => isClosed)) clients = [server.open(), server.open()];
          const off = vi.spyOn(FastReads.prototype, 'answer').mockReturnValue(false);
          const general = answerTo(server, clients[0], frame);
          off.mockRestore();
          const on = vi.spyOn(FastReads.prototype, 'answer');
          expect(answerTo(server, clients[1], frame)).toEqual(general);
          fast += on.mock.results.filter(({ value }) => value === true).length;
          on.mockRestore();
        }
      },
    ),
    { numRuns: 60 },
  );
  // Else nothing was compared.
  expect(fast).toBeGreaterThan(50);
});
