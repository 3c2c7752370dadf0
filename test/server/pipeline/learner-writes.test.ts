import { expect, test } from 'vitest';
import { OPEN_ACL_UNSAFE } from '../../../src/protocol/acl.js';
import { ErrorCode } from '../../../src/protocol/error-codes.js';
import { EventType } from '../../../src/protocol/event.js';
import { JuteReader } from '../../../src/protocol/jute-reader.js';
import { JuteWriter } from '../../../src/protocol/jute-writer.js';
import { OpCode } from '../../../src/protocol/op-codes.js';
import { PacketType } from '../../../src/protocol/quorum/packet-type.js';
import { NO_ZXID, writePacketWithData, writeRequestPacket } from '../../../src/protocol/quorum/packet-writer.js';
import { readTxnHeader } from '../../../src/protocol/txn-codec.js';
import { watcherEventCodec } from '../../../src/protocol/watcher-event.js';
import type { Zxid } from '../../../src/protocol/zxid.js';
import { NO_TRIGGERS } from '../../../src/server/tree/triggers.js';
import { EnsembleHarness } from './support/ensemble-harness.js';
import type { Got } from './support/test-link.js';

const create = (path: string, flags = 0) => ({ path, data: Buffer.from('x'), acl: OPEN_ACL_UNSAFE, flags });
const set = (path: string, data: string, version = -1) => ({ path, data: Buffer.from(data), version });
const errs = (frames: readonly Got[]): number[][] => frames.map(({ xid, err }) => [xid, err]);

test.each([1, 4])('a write through learner %i is answered when it is committed and applied there', (sid) => {
  const ensemble = new EnsembleHarness({ observers: [4] });
  const [writer, other] = [ensemble.member(sid).open(), ensemble.member(2).open()];
  writer.send(OpCode.create, create('/a'));
  ensemble.toLeader(sid);
  ensemble.toLearner(sid);
  expect(writer.take()).toEqual([]);
  ensemble.commit();
  expect(writer.take()).toEqual([]);
  ensemble.toLearner(sid);
  expect(errs(writer.take())).toEqual([[1, 0]]);
  other.send(OpCode.exists, { path: '/a', watch: false });
  ensemble.toLearner(2);
  other.send(OpCode.exists, { path: '/a', watch: false });
  expect(errs(other.take())).toEqual([
    [1, ErrorCode.NONODE],
    [2, 0],
  ]);
  ensemble.settle();
  expect(ensemble.isEqualEverywhere()).toBe(true);
  expect(ensemble.member(sid).pipeline).toMatchObject({ outstanding: 0 });
});

test('a read waits behind the forwarded writes of its own session only', () => {
  const ensemble = new EnsembleHarness();
  const [mine, other] = [ensemble.member(1).open(), ensemble.member(1).open()];
  mine.send(OpCode.create, create('/a'));
  mine.send(OpCode.getData, { path: '/a', watch: false });
  mine.send(OpCode.setData, set('/a', 'y'));
  mine.send(OpCode.getData, { path: '/a', watch: false });
  mine.send(OpCode.ping, {}, -2);
  other.send(OpCode.getData, { path: '/a', watch: false });
  expect(errs(other.take())).toEqual([[1, ErrorCode.NONODE]]);
  ensemble.toLeader(1);
  ensemble.commit(1);
  ensemble.toLearner(1);
  const first = mine.take();
  expect(errs(first)).toEqual([
    [1, 0],
    [2, 0],
  ]);
  expect(mine.decode(OpCode.getData, first[1]).data?.toString()).toBe('x');
  ensemble.settle();
  const rest = mine.take();
  expect(errs(rest)).toEqual([
    [3, 0],
    [4, 0],
    [-2, 0],
  ]);
  expect(mine.decode(OpCode.getData, rest[1]).data?.toString()).toBe('y');
});

test('an event comes before the answer of the write that caused it, on every server', () => {
  const ensemble = new EnsembleHarness();
  const links = [1, 2, 3].map((sid) => ensemble.member(sid).open());
  for (const link of links) {
    link.send(OpCode.exists, { path: '/a', watch: true });
    link.take();
  }
  links[0]!.send(OpCode.create, create('/a'));
  ensemble.settle();
  for (const link of links) link.send(OpCode.exists, { path: '/a', watch: false });
  for (const link of links) {
    const [event] = link.take();
    expect(event).toMatchObject({ xid: -1, zxid: ensemble.leader.state.tree.lastProcessedZxid });
    expect(event && watcherEventCodec.read(event.body)).toEqual({ type: EventType.nodeCreated, state: 3, path: '/a' });
  }
});

test('refusals come back with their code, and consume a zxid each', () => {
  const ensemble = new EnsembleHarness();
  const link = ensemble.member(1).open();
  link.send(OpCode.create, create('/a'));
  link.send(OpCode.create, create('/a'));
  link.send(OpCode.setData, set('/none', 'x'));
  link.send(OpCode.setData, set('/a', 'x', 7));
  link.send(OpCode.delete, { path: '/', version: -1 });
  ensemble.settle();
  const answers = link.take();
  expect(answers.map(({ err }) => err)).toEqual([
    0,
    ErrorCode.NODEEXISTS,
    ErrorCode.NONODE,
    ErrorCode.BADVERSION,
    ErrorCode.BADARGUMENTS,
  ]);
  const first = answers[0]!.zxid;
  expect(answers.map(({ zxid }) => zxid - first)).toEqual([0, 1, 2, 3, 4]);
});

test('what cannot be asked at all is answered at once, in its turn, and never troubles the leader', () => {
  const ensemble = new EnsembleHarness();
  const link = ensemble.member(1).open();
  const { length } = ensemble.sent;
  link.send(OpCode.create, create('/a'));
  link.sendRaw(Buffer.from('00000002000000057fffffff', 'hex'));
  link.send(OpCode.deleteContainer, { path: '/a', version: -1 }, 3);
  expect(link.take()).toEqual([]);
  ensemble.settle();
  expect(errs(link.take())).toEqual([
    [1, 0],
    [2, ErrorCode.MARSHALLINGERROR],
    [3, ErrorCode.BADARGUMENTS],
  ]);
  expect(ensemble.sent.length).toBe(length + 1);
  link.sendRaw(Buffer.from('0000000400000bad', 'hex'));
  expect(errs(link.take())).toEqual([[4, ErrorCode.UNIMPLEMENTED]]);
  expect(link.isClosed).toBe(true);
});

test.each([
  ['a record that ends too early', OpCode.create, '00000009', ErrorCode.MARSHALLINGERROR],
  ['an op that is no write', OpCode.getData, '000000012f00', ErrorCode.UNIMPLEMENTED],
  ['a check outside a multi', OpCode.check, '000000012fffffffff', ErrorCode.UNIMPLEMENTED],
  ['an op that nobody knows', 77, '', ErrorCode.UNIMPLEMENTED],
  ['a removal that only a sweep may ask for', OpCode.deleteContainer, '000000012fffffffff', ErrorCode.BADARGUMENTS],
])('%s, of another learner, becomes a transaction that says so', (_, opcode, hex, err) => {
  const ensemble = new EnsembleHarness();
  const { sessionId } = ensemble.member(1).open().session!;
  const bytes = Buffer.from(hex, 'hex');
  const request = { sessionId, cxid: 7, opcode, body: { bytes, start: 0, end: bytes.length }, authinfo: null };
  ensemble.write(1, (writer) => writeRequestPacket(writer, request));
  ensemble.settle();
  const reader = new JuteReader(ensemble.proposed.at(-1)!);
  expect(readTxnHeader(reader)).toMatchObject({ clientId: sessionId, cxid: 7, type: OpCode.error });
  expect(reader.int32()).toBe(err);
});

test('a request too short to be one ends the link to its learner', () => {
  const ensemble = new EnsembleHarness();
  ensemble.write(1, (writer) => writePacketWithData(writer, PacketType.REQUEST, NO_ZXID, Buffer.alloc(15)));
  expect(() => ensemble.toLeader(1)).toThrow('a forwarded request of 15 bytes is too short');
});

test('a learner stops at a transaction that it cannot read, or that is not what it was proposed as', () => {
  const ensemble = new EnsembleHarness();
  const entry = (zxid: number, type: number) => {
    const bytes = new JuteWriter().int64(7n).int32(1).long(zxid).long(0).int32(type).int32(0).take();
    return { zxid: 9 as Zxid, bytes, start: 0, end: bytes.length };
  };
  expect(() => ensemble.writesOf(1).accept(entry(9, 77))).toThrow('transaction type 77 is unknown');
  expect(() => ensemble.writesOf(1).accept(entry(8, OpCode.error))).toThrow('0x8 was proposed as 0x9');
});

test("a learner says when its tree is not the leader's", () => {
  const ensemble = new EnsembleHarness();
  const link = ensemble.leader.open();
  ensemble
    .member(1)
    .state.tree.apply(
      { clientId: 0n, cxid: 0, zxid: 1 as Zxid, timeMs: 0, type: OpCode.create },
      { type: OpCode.create, path: '/stray', data: null, acl: OPEN_ACL_UNSAFE, ephemeral: false, parentCVersion: 1 },
      NO_TRIGGERS,
    );
  link.send(OpCode.create, create('/a'));
  ensemble.settle();
  expect(ensemble.diverged).toEqual([ensemble.leader.state.tree.lastProcessedZxid]);
});
