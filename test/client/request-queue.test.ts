import { describe, expect, it } from 'vitest';
import { Call } from '../../src/client/call.js';
import { plainOperation } from '../../src/client/operation.js';
import { RequestQueue } from '../../src/client/request-queue.js';
import { OpCode } from '../../src/protocol/op-codes.js';

const XID_MAX = 2 ** 31 - 1;

function call(bytes = 10): Call {
  const made = new Call(plainOperation(OpCode.exists), '/a', '');
  made.frame = Buffer.alloc(bytes);
  return made;
}

function queue(limits = {}): RequestQueue {
  return new RequestQueue({ inFlightMax: 10, queuedMax: 100, queuedBytesMax: 1000, ...limits });
}

describe('the request queue', () => {
  it('numbers requests from 1 and matches replies by position', () => {
    const line = queue();
    const calls = [call(), call(), call()];
    for (const each of calls) line.send(each, 5);
    expect(calls.map(({ xid }) => xid)).toEqual([1, 2, 3]);
    expect(line.answer(2)).toBeUndefined();
    expect(line.answer(1)).toBe(calls[0]);
    expect(line.answer(2)).toBe(calls[1]);
    expect(line.oldestInFlight).toBe(calls[2]);
  });

  it('wraps from the largest xid to 1', () => {
    const line = queue();
    (line as unknown as { lastXid: number }).lastXid = XID_MAX - 1;
    const calls = [call(), call()];
    for (const each of calls) line.send(each, 0);
    expect(calls.map(({ xid }) => xid)).toEqual([XID_MAX, 1]);
    expect(line.answer(XID_MAX)).toBe(calls[0]);
    expect(line.answer(1)).toBe(calls[1]);
  });

  it('bounds what waits, in number and in bytes, and counts only what still wants to be sent', () => {
    const line = queue({ queuedMax: 2, queuedBytesMax: 100 });
    const [first, second] = [call(40), call(40)];
    expect([line.wait(first), line.wait(second), line.wait(call(1))]).toEqual([true, true, false]);
    first.reject(new Error('given up'));
    line.abandon(first);
    expect(line.wait(call(61))).toBe(false);
    expect(line.wait(call(60))).toBe(true);
    expect(line.takeWaiting()).toBe(second);
    expect(line.wait(call(40))).toBe(true);
    expect(line.wait(call(0))).toBe(false);
  });

  it('has nothing waiting when all that waits was given up', () => {
    const line = queue();
    const given = call();
    line.wait(given);
    given.reject(new Error('given up'));
    line.abandon(given);
    expect(line.hasWaiting).toBe(false);
    expect(line.takeWaiting()).toBeUndefined();
    expect(line.hasWaiting).toBe(false);
    const kept = call();
    line.wait(kept);
    expect(line.takeAllWaiting()).toEqual([kept]);
  });
});
