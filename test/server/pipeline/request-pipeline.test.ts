import { expect, test } from 'vitest';
import { OPEN_ACL_UNSAFE } from '../../../src/protocol/acl.js';
import { ErrorCode } from '../../../src/protocol/error-codes.js';
import { EventType } from '../../../src/protocol/event.js';
import { OpCode } from '../../../src/protocol/op-codes.js';
import { watcherEventCodec } from '../../../src/protocol/watcher-event.js';
import { PipelineHarness } from './support/pipeline-harness.js';

const create = (path: string, flags = 0) => ({ path, data: Buffer.from('x'), acl: OPEN_ACL_UNSAFE, flags });
const errs = (frames: readonly { xid: number; err: number }[]): number[][] => frames.map(({ xid, err }) => [xid, err]);

test('a write is neither answered nor seen before it is on disk', () => {
  const server = new PipelineHarness();
  const [writer, reader] = [server.open(), server.open()];
  writer.send(OpCode.create, create('/a'));
  reader.send(OpCode.exists, { path: '/a', watch: false });
  expect(writer.take()).toEqual([]);
  expect(errs(reader.take())).toEqual([[1, ErrorCode.NONODE]]);
  server.sync();
  expect(errs(writer.take())).toEqual([[1, 0]]);
  reader.send(OpCode.exists, { path: '/a', watch: false });
  expect(errs(reader.take())).toEqual([[2, 0]]);
});

test('a read waits behind the writes of its own session only, and answers come in order', () => {
  const server = new PipelineHarness();
  const [mine, other] = [server.open(), server.open()];
  mine.send(OpCode.create, create('/a'));
  mine.send(OpCode.getData, { path: '/a', watch: false });
  mine.send(OpCode.setData, { path: '/a', data: Buffer.from('y'), version: -1 });
  mine.send(OpCode.getData, { path: '/a', watch: false });
  mine.send(OpCode.ping, {}, -2);
  other.send(OpCode.ping, {}, -2);
  expect(mine.take()).toEqual([]);
  expect(errs(other.take())).toEqual([[-2, 0]]);
  server.sync();
  const answers = mine.take();
  expect(errs(answers)).toEqual([
    [1, 0],
    [2, 0],
    [3, 0],
    [4, 0],
    [-2, 0],
  ]);
  expect(mine.decode(OpCode.getData, answers[1]).data?.toString()).toBe('x');
  expect(mine.decode(OpCode.getData, answers[3]).data?.toString()).toBe('y');
  expect(server.pipeline.outstanding).toBe(0);
});

test('validation sees writes that are still on their way', () => {
  const server = new PipelineHarness();
  const link = server.open();
  link.send(OpCode.create, create('/a'));
  link.send(OpCode.create, create('/a'));
  link.send(OpCode.create, create('/a/s-', 2));
  link.send(OpCode.create, create('/a/s-', 2));
  link.send(OpCode.delete, { path: '/a', version: -1 });
  server.sync();
  const answers = link.take();
  expect(answers.map(({ err }) => err)).toEqual([0, ErrorCode.NODEEXISTS, 0, 0, ErrorCode.NOTEMPTY]);
  expect(link.decode(OpCode.create, answers[3]).path).toBe('/a/s-0000000001');
  const zxids = answers.map(({ zxid }) => zxid);
  expect(zxids).toEqual([...zxids].sort((a, b) => a - b));
  expect(new Set(zxids).size).toBe(5);
});

test('an event comes before the answer that would show the change, and before the own write is answered', () => {
  const server = new PipelineHarness();
  const [mine, other] = [server.open(), server.open()];
  for (const link of [mine, other]) link.send(OpCode.exists, { path: '/a', watch: true });
  mine.take();
  other.take();
  mine.send(OpCode.create, create('/a'));
  server.sync();
  other.send(OpCode.exists, { path: '/a', watch: false });
  for (const [link, xid] of [
    [mine, 2],
    [other, 2],
  ] as const) {
    const [event, answer] = link.take();
    expect([event?.xid, answer?.xid]).toEqual([-1, xid]);
    expect(event && watcherEventCodec.read(event.body)).toEqual({ type: EventType.nodeCreated, state: 3, path: '/a' });
  }
});

test('a session comes back over another connection; its old one is closed and its unanswered write still happens', () => {
  const server = new PipelineHarness();
  const old = server.open();
  old.send(OpCode.create, create('/mine', 1));
  const again = server.connect({ session: old.session! });
  expect(old.isClosed).toBe(true);
  expect(again.handshake().sessionId).toBe(old.session!.sessionId);
  again.send(OpCode.exists, { path: '/mine', watch: false });
  expect(again.take()).toEqual([]);
  server.sync();
  expect(errs(again.take())).toEqual([[1, 0]]);
  expect(old.take()).toEqual([]);
});

test.each([
  ['a wrong password', (passwd: Buffer) => Buffer.from(passwd.map((byte) => byte ^ 1)), 0n],
  ['an unknown session', (passwd: Buffer) => passwd, 7n],
])('%s gets the answer of an expired session', (_, twist, add) => {
  const server = new PipelineHarness();
  const link = server.open();
  const { session } = link;
  const again = server.connect({
    session: { ...session!, sessionId: session!.sessionId + add, passwd: twist(session!.passwd!) },
  });
  expect(again.handshake()).toMatchObject({ timeOut: 0, sessionId: 0n, passwd: Buffer.alloc(16) });
  expect(again.isClosed).toBe(true);
  expect(server.sessions.find(session!.sessionId)?.isClosing).toBe(false);
});

test('a client from the future is turned away without a word', () => {
  const server = new PipelineHarness();
  const link = server.connect({ lastZxidSeen: 99n });
  expect(link.isClosed).toBe(true);
  expect(link.link.out.length).toBe(0);
});

test('whoever comes back to an expired session is told so when its end is on disk, not before', () => {
  const server = new PipelineHarness();
  const { session } = server.open();
  server.nowMs += 60_000;
  server.pipeline.expireSessions(server.nowMs);
  const again = server.connect({ session: session! });
  expect(again.link.out.length).toBe(0);
  expect(again.isClosed).toBe(false);
  server.sync();
  expect(again.handshake()).toMatchObject({ timeOut: 0, sessionId: 0n });
  expect(again.isClosed).toBe(true);
});

test('an expired session takes its ephemerals along and loses its connection', () => {
  const server = new PipelineHarness();
  const [dying, watching] = [server.open(), server.open()];
  dying.send(OpCode.create, create('/e', 1));
  server.sync();
  watching.send(OpCode.exists, { path: '/e', watch: true });
  watching.take();
  server.nowMs += 8000;
  watching.send(OpCode.ping, {}, -2);
  server.nowMs += 8000;
  server.pipeline.expireSessions(server.nowMs);
  expect(dying.isClosed).toBe(false);
  server.sync();
  expect(dying.isClosed).toBe(true);
  expect(server.tree.find('/e')).toBeUndefined();
  const [ping, event] = watching.take();
  expect([ping?.xid, event?.xid]).toEqual([-2, -1]);
  expect(server.connect({ session: dying.session! }).handshake().timeOut).toBe(0);
});

test('closeSession is answered, then the connection closes; what was sent behind it is not answered', () => {
  const server = new PipelineHarness();
  const link = server.open();
  link.send(OpCode.closeSession, {});
  link.send(OpCode.create, create('/late'));
  server.sync();
  expect(errs(link.take())).toEqual([[1, 0]]);
  expect(link.isClosed).toBe(true);
  expect(server.tree.find('/late')).toBeUndefined();
  expect(server.sessions.size).toBe(0);
});

test('an unknown op is refused in its turn and ends the connection', () => {
  const server = new PipelineHarness();
  const link = server.open();
  link.send(OpCode.create, create('/a'));
  link.sendRaw(Buffer.from('0000000200000bad', 'hex'));
  link.send(OpCode.create, create('/b'));
  server.sync();
  const answers = link.take();
  expect(errs(answers)).toEqual([
    [1, 0],
    [2, ErrorCode.UNIMPLEMENTED],
  ]);
  expect(answers[1]?.zxid).toBe(-1);
  expect(link.isClosed).toBe(true);
  expect(server.tree.find('/b')).toBeUndefined();
});

test('a body that cannot be decoded is an error on that request only', () => {
  const server = new PipelineHarness();
  const link = server.open();
  link.sendRaw(Buffer.from('00000001000000047fffffff', 'hex'));
  link.send(OpCode.exists, { path: '/', watch: false }, 2);
  expect(errs(link.take())).toEqual([
    [1, ErrorCode.MARSHALLINGERROR],
    [2, 0],
  ]);
});

test('what a client may not do before it has proved itself', () => {
  const server = new PipelineHarness({ enforcedSchemes: ['digest'] });
  const [known, stranger] = [server.open(), server.open()];
  known.send(OpCode.auth, { type: 0, scheme: 'digest', auth: Buffer.from('bob:secret') }, -4);
  known.send(OpCode.exists, { path: '/', watch: false });
  stranger.send(OpCode.ping, {}, -2);
  expect(errs(known.take())).toEqual([
    [-4, 0],
    [1, 0],
  ]);
  expect(errs(stranger.take())).toEqual([[-2, ErrorCode.SESSIONCLOSEDREQUIRESASLAUTH]]);
  expect(stranger.isClosed).toBe(true);
});

test('a multiRead that would answer more than memory has room for is refused, and what follows is not', () => {
  const server = new PipelineHarness();
  const link = server.open();
  link.send(OpCode.create, { path: '/big', data: Buffer.alloc(1_000_000), acl: OPEN_ACL_UNSAFE, flags: 0 });
  server.sync();
  link.take();
  const ops = (count: number) =>
    Array.from({ length: count }, () => ({ type: OpCode.getData, err: -1, body: { path: '/big', watch: false } }));
  link.send(OpCode.multiRead, { ops: ops(50_000) });
  link.send(OpCode.multiRead, { ops: ops(10) });
  const [refused, served] = link.take();
  expect(refused).toMatchObject({ err: ErrorCode.MARSHALLINGERROR, body: { remaining: 0 } });
  expect(link.decode(OpCode.multiRead, served).results).toHaveLength(10);
});

test('a connection that gathers identities without end is closed, and no other', () => {
  const server = new PipelineHarness();
  const [greedy, huge, other] = [server.open(), server.open(), server.open()];
  for (let i = 0; i < 2000; i++) greedy.send(OpCode.auth, auth(`user-${i}:secret`), -4);
  expect(greedy.take().at(-1)?.err).toBe(ErrorCode.AUTHFAILED);
  expect(greedy.isClosed).toBe(true);
  for (let i = 0; i < 10; i++) huge.send(OpCode.auth, auth(`${i}${'x'.repeat(1_000_000)}:secret`), -4);
  expect(huge.isClosed).toBe(true);
  for (let i = 0; i < 2000; i++) other.send(OpCode.auth, auth(`user-${i % 100}:secret`), -4);
  expect(other.take().map(({ err }) => err)).toEqual(Array.from({ length: 2000 }, () => 0));
});

const auth = (text: string) => ({ type: 0, scheme: 'digest', auth: Buffer.from(text) });
