import { describe, expect, it } from 'vitest';
import { connectRequestCodec, connectResponseCodec } from '../../src/protocol/connect.js';
import { create2Codec } from '../../src/protocol/create.js';
import { EventType, KeeperState, Xid } from '../../src/protocol/event.js';
import { existsCodec } from '../../src/protocol/exists.js';
import type { JuteWriter } from '../../src/protocol/jute-writer.js';
import { OpCode } from '../../src/protocol/op-codes.js';
import type { Stat } from '../../src/protocol/stat.js';
import { watcherEventCodec } from '../../src/protocol/watcher-event.js';
import type { Zxid } from '../../src/protocol/zxid.js';
import type { WireFrame } from '../../src/testing/sim/history.js';
import { WireTap } from '../../src/testing/sim/wire-tap.js';
import { frame } from './support/frame.js';

const SESSION = 0x77n;
const zxid = (number: number): Zxid => number as Zxid;
const STAT: Stat = {
  czxid: zxid(5),
  mzxid: zxid(5),
  ctime: 0,
  mtime: 0,
  version: 0,
  cversion: 0,
  aversion: 0,
  ephemeralOwner: 0n,
  dataLength: 0,
  numChildren: 0,
  pzxid: zxid(5),
};

const hello = frame((writer) =>
  connectRequestCodec.write(writer, {
    protocolVersion: 0,
    lastZxidSeen: 0n,
    timeOut: 1000,
    sessionId: 0n,
    passwd: null,
    readOnly: false,
  }),
);
const welcome = frame((writer) =>
  connectResponseCodec.write(writer, {
    protocolVersion: 0,
    timeOut: 1000,
    sessionId: SESSION,
    passwd: null,
    readOnly: false,
  }),
);
const asks = (xid: number): Buffer =>
  frame((writer) => {
    writer.int32(xid).int32(OpCode.exists);
    existsCodec.request.write(writer, { path: '/a', watch: true });
  });
const reply = (xid: number, at: number, err: number, write?: (writer: JuteWriter) => void): Buffer =>
  frame((writer) => {
    writer.int32(xid).long(at).int32(err);
    write?.(writer);
  });

function listen(): { tap: WireTap; frames: WireFrame[] } {
  const frames: WireFrame[] = [];
  const tap = new WireTap({ nowMs: () => 42, record: (_, heard) => frames.push(heard) });
  tap.sent(hello);
  tap.received(welcome);
  return { tap, frames };
}

describe('WireTap', () => {
  it('tells of the handshake, of answers with what they reveal, and of events, in whatever pieces they come', () => {
    const { tap, frames } = listen();
    for (const byte of asks(1)) tap.sent(Buffer.from([byte]));
    tap.sent(
      frame((writer) => {
        writer.int32(2).int32(OpCode.create2);
        create2Codec.request.write(writer, { path: '/s-', data: null, acl: [], flags: 2 });
      }),
    );
    const event = { type: EventType.nodeCreated, state: KeeperState.syncConnected, path: '/a' };
    const bytes = Buffer.concat([
      reply(1, 4, -101),
      reply(Xid.notification, 5, 0, (writer) => watcherEventCodec.write(writer, event)),
      reply(2, 5, 0, (writer) => create2Codec.response.write(writer, { path: '/s-0000000000', stat: STAT })),
    ]);
    tap.received(bytes.subarray(0, 30));
    tap.received(bytes.subarray(30));
    expect(frames.map(({ type }) => type)).toEqual(['connected', 'answer', 'event', 'answer']);
    expect(frames[0]).toMatchObject({ session: SESSION, timeoutMs: 1000 });
    expect(frames[1]).toMatchObject({
      op: 'exists',
      path: '/a',
      watch: true,
      rc: -101,
      zxid: 4,
      inOrder: true,
      sentAtMs: 42,
    });
    expect(frames[2]).toEqual({ type: 'event', event: EventType.nodeCreated, path: '/a', zxid: 5 });
    const [change] = (frames[3] as Extract<WireFrame, { type: 'answer' }>).changes;
    expect(change).toMatchObject({ type: 'created', path: '/s-0000000000', isSequential: true });
    expect(change?.stat?.czxid).toBe(5);
  });

  it('tells of answers out of turn, of answers to nothing, and of requests that were never answered', () => {
    const { tap, frames } = listen();
    tap.sent(asks(1));
    tap.sent(asks(2));
    tap.sent(asks(3));
    tap.received(reply(2, 4, -101));
    tap.received(reply(1, 4, -101));
    tap.received(reply(9, 4, -101));
    tap.closed();
    const answers = frames.flatMap((heard) => (heard.type === 'answer' ? [[heard.xid, heard.inOrder]] : []));
    expect(answers).toEqual([
      [2, false],
      [1, true],
      [9, false],
    ]);
    expect(frames.at(-1)).toEqual({ type: 'unanswered', op: 'exists', path: '/a' });
  });
});
