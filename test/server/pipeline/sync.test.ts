import { expect, test } from 'vitest';
import { OPEN_ACL_UNSAFE } from '../../../src/protocol/acl.js';
import { ErrorCode } from '../../../src/protocol/error-codes.js';
import { OpCode } from '../../../src/protocol/op-codes.js';
import { EnsembleHarness } from './support/ensemble-harness.js';
import type { Got } from './support/test-link.js';

const create = (path: string) => ({ path, data: Buffer.from('x'), acl: OPEN_ACL_UNSAFE, flags: 0 });
const errs = (frames: readonly Got[]): number[][] => frames.map(({ xid, err }) => [xid, err]);

test.each([1, 3, 4])('at server %i a read behind a sync sees what was committed before it anywhere', (sid) => {
  const ensemble = new EnsembleHarness({ observers: [4] });
  const [reader, writer] = [ensemble.member(sid).open(), ensemble.member(2).open()];
  writer.send(OpCode.create, create('/a'));
  ensemble.toLeader(2);
  reader.send(OpCode.exists, { path: '/a', watch: false });
  reader.send(OpCode.sync, { path: '/a' });
  reader.send(OpCode.exists, { path: '/a', watch: false });
  expect(errs(reader.take())).toEqual([[1, ErrorCode.NONODE]]);
  ensemble.settle();
  const [sync, exists] = reader.take();
  expect(sync).toMatchObject({ xid: 2, err: 0, zxid: ensemble.leader.state.tree.lastProcessedZxid });
  expect(reader.decode(OpCode.sync, sync).path).toBe('/a');
  expect(exists).toMatchObject({ xid: 3, err: 0 });
  expect(ensemble.member(sid).pipeline.outstanding).toBe(0);
});

test.each([1, 3])('at server %i everything behind a sync waits for it, and answers keep their order', (sid) => {
  const ensemble = new EnsembleHarness();
  const [link, other] = [ensemble.member(sid).open(), ensemble.member(sid).open()];
  link.send(OpCode.create, create('/a'));
  link.send(OpCode.sync, { path: '/1' });
  link.send(OpCode.create, create('/b'));
  link.send(OpCode.ping, {}, -2);
  link.send(OpCode.sync, { path: '/2' });
  link.send(OpCode.getData, { path: '/b', watch: false });
  link.sendRaw(Buffer.from('0000000900000bad', 'hex'));
  link.send(OpCode.create, create('/never'));
  other.send(OpCode.ping, {}, -2);
  expect(link.take()).toEqual([]);
  expect(errs(other.take())).toEqual([[-2, 0]]);
  expect(link.link.parkedReads).toBe(7);
  ensemble.settle();
  expect(errs(link.take())).toEqual([
    [1, 0],
    [2, 0],
    [3, 0],
    [-2, 0],
    [4, 0],
    [5, 0],
    [9, ErrorCode.UNIMPLEMENTED],
  ]);
  expect(link.isClosed).toBe(true);
  expect(link.link).toMatchObject({ parkedReads: 0, stats: { outstanding: 0 } });
  expect(ensemble.member(sid).pipeline.outstanding).toBe(0);
  expect(ensemble.leader.state.tree.find('/never')).toBeUndefined();
});

test('a session that comes back while its sync waits is answered behind it', () => {
  const ensemble = new EnsembleHarness();
  const old = ensemble.member(1).open();
  old.send(OpCode.sync, { path: '/' });
  old.send(OpCode.create, create('/held'));
  const again = ensemble.member(1).connect({ session: old.session });
  ensemble.toLeader(1);
  const writes = ensemble.writesOf(1);
  writes.revalidated(old.session!.sessionId, true);
  again.handshake();
  again.send(OpCode.exists, { path: '/held', watch: false });
  expect(again.take()).toEqual([]);
  writes.syncAnswered();
  // What the old connection had not got in is lost with it.
  expect(errs(again.take())).toEqual([[1, ErrorCode.NONODE]]);
  expect(old.take()).toEqual([]);
  expect(ensemble.member(1).pipeline.outstanding).toBe(0);
});

test('an answer to no sync is ignored', () => {
  const ensemble = new EnsembleHarness();
  ensemble.writesOf(1).syncAnswered();
  expect(ensemble.member(1).pipeline.outstanding).toBe(0);
});
