import { describe, expect, it } from 'vitest';
import { connectRequestCodec, connectResponseCodec } from '../../src/protocol/connect.js';
import { Xid } from '../../src/protocol/event.js';
import { AnswerGuard } from '../../src/testing/sim/answer-guard.js';
import { frame } from './support/frame.js';

const SESSION = 0x77n;

function request(sessionId: bigint): Buffer {
  const passwd = Buffer.alloc(16);
  const fields = { protocolVersion: 0, lastZxidSeen: 0n, timeOut: 1000, sessionId, passwd, readOnly: false };
  return frame((writer) => connectRequestCodec.write(writer, fields));
}

function handshake(sessionId: bigint, timeOut: number): Buffer {
  const fields = { protocolVersion: 0, timeOut, sessionId, passwd: Buffer.alloc(16), readOnly: false };
  return frame((writer) => connectResponseCodec.write(writer, fields));
}

function answer(xid: number, zxid: number): Buffer {
  return frame((writer) => writer.int32(xid).long(zxid).int32(0));
}

function guarded() {
  const ground = { zxid: 5, open: new Set([SESSION]) };
  const tooEarly: string[] = [];
  const guard = new AnswerGuard(
    {
      lastZxid: () => ground.zxid,
      mayBeLetIn: (sessionId) => ground.open.has(sessionId),
      mayBeCalledOver: (sessionId) => !ground.open.has(sessionId),
    },
    (message) => tooEarly.push(message),
  );
  return { ground, guard, tooEarly };
}

describe('the guard of answers', () => {
  it('speaks up when the server tells of a transaction that the disk may forget', () => {
    const { ground, guard, tooEarly } = guarded();
    guard.heard(request(0n));
    guard.wrote(handshake(SESSION, 1000));
    guard.wrote(answer(1, 5));
    guard.wrote(answer(Xid.notification, -1));
    guard.wrote(answer(2, 6));
    ground.zxid = 6;
    guard.wrote(answer(3, 6));
    expect(tooEarly).toEqual(['tells of 0x6 while its disk is safe up to 0x5']);
  });

  it('speaks up when a session is let in that the disk may forget, or has seen the end of', () => {
    const { guard, tooEarly } = guarded();
    guard.heard(request(0n));
    guard.wrote(handshake(0x78n, 1000));
    expect(tooEarly).toEqual(['lets session 0x78 in, which is not open on its disk']);
  });

  it('speaks up when who comes back is told of an end that the disk may forget', () => {
    const { guard, tooEarly } = guarded();
    const bytes = request(SESSION);
    guard.heard(bytes.subarray(0, 7));
    guard.heard(bytes.subarray(7));
    guard.wrote(handshake(0n, 0));
    expect(tooEarly).toEqual(['says that session 0x77 is over, which is still open on its disk']);
  });

  it('lets who comes back in, and others hear that their session is over', () => {
    for (const [wanted, told, timeoutMs] of [
      [SESSION, SESSION, 1000],
      [0x78n, 0n, 0],
    ] as const) {
      const { guard, tooEarly } = guarded();
      guard.heard(request(wanted));
      guard.wrote(handshake(told, timeoutMs));
      expect(tooEarly).toEqual([]);
    }
  });
});
