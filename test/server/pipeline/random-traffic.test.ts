import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Acl } from '../../../src/protocol/acl.js';
import { OPEN_ACL_UNSAFE } from '../../../src/protocol/acl.js';
import { OpCode } from '../../../src/protocol/op-codes.js';
import type { TestLink } from './support/test-link.js';
import { PipelineHarness } from './support/pipeline-harness.js';

const READ_ONLY: readonly Acl[] = [{ perms: 1, id: { scheme: 'world', id: 'anyone' } }];
const path = fc.constantFrom('/a', '/b', '/a/x', '/a/y', '/a/x/z', '/', '/zookeeper', 'bad', '');
const data = fc.option(fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)));
const create = fc.record({
  path: fc.oneof(path, fc.constant('/a/s-')),
  data,
  acl: fc.constantFrom(OPEN_ACL_UNSAFE, READ_ONLY, []),
  flags: fc.integer({ min: -1, max: 7 }),
});
const version = fc.integer({ min: -1, max: 2 });

type Step = (server: PipelineHarness, links: TestLink[]) => void;

const on = (index: number, send: (link: TestLink) => unknown): Step => {
  return (_, links) => void send(links[index % links.length]!);
};

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(fc.nat(2), create).map(([i, body]) => on(i, (link) => link.send(OpCode.create2, body))),
  fc.tuple(fc.nat(2), create).map(([i, body]) => on(i, (link) => link.send(OpCode.createContainer, body))),
  fc
    .tuple(fc.nat(2), create, fc.bigInt({ min: -1n, max: 10n }))
    .map(([i, body, ttl]) => on(i, (link) => link.send(OpCode.createTTL, { ...body, ttl }))),
  fc
    .tuple(fc.nat(2), path, version)
    .map(([i, p, v]) => on(i, (link) => link.send(OpCode.delete, { path: p, version: v }))),
  fc
    .tuple(fc.nat(2), path, data, version)
    .map(([i, p, d, v]) => on(i, (link) => link.send(OpCode.setData, { path: p, data: d, version: v }))),
  fc
    .tuple(fc.nat(2), path, version)
    .map(([i, p, v]) => on(i, (link) => link.send(OpCode.setACL, { path: p, acl: OPEN_ACL_UNSAFE, version: v }))),
  fc.tuple(fc.nat(2), fc.array(fc.tuple(create, path), { maxLength: 3 })).map(([i, ops]) =>
    on(i, (link) =>
      link.send(OpCode.multi, {
        ops: ops.flatMap(([body, p]) => [
          { type: OpCode.create, err: -1, body },
          { type: OpCode.setData, err: -1, body: { path: p, data: Buffer.from('m'), version: -1 } },
          { type: OpCode.delete, err: -1, body: { path: p, version: 0 } },
        ]),
      }),
    ),
  ),
  fc.tuple(fc.nat(2), path).map(([i, p]) => on(i, (link) => link.send(OpCode.getData, { path: p, watch: true }))),
  fc.tuple(fc.nat(2), path).map(([i, p]) => on(i, (link) => link.send(OpCode.addWatch, { path: p, mode: 1 }))),
  fc.constant<Step>((server) => server.sync()),
  fc.nat(2).map((i): Step => (server, links) => {
    const old = links[i % links.length]!;
    if (old.link.isClosing || old.isClosed || old.session === null) return;
    const fresh = server.connect({ session: old.session });
    fresh.session = fresh.handshake();
    links[i % links.length] = fresh;
  }),
  fc.nat(2).map((i): Step => (server, links) => {
    links[i % links.length]!.send(OpCode.closeSession, {});
    server.sync();
    links[i % links.length] = server.open();
  }),
);

test('whatever clients do, answers come in order, zxids grow, and logged digests are right', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const server = new PipelineHarness();
      const links = [server.open(), server.open(), server.open()];
      for (const each of steps) each(server, links);
      server.sync();
      expect(server.pipeline.outstanding).toBe(0);
      for (const link of links) {
        const answers = link.take().filter(({ xid }) => xid > 0);
        expect(answers.map(({ xid }) => xid)).toEqual(answers.map((_, i) => i + 1));
        const zxids = answers.map(({ zxid }) => zxid);
        expect(zxids).toEqual([...zxids].sort((a, b) => a - b));
      }
    }),
    { numRuns: 300 },
  );
});
