import { describe, expect, it } from 'vitest';
import { OpCode } from '../../../src/protocol/op-codes.js';
import { PacketType, PacketView } from '../../../src/protocol/quorum/index.js';
import { RequestBacklog } from '../../../src/server/quorum/request-backlog.js';

/** Bytes before the data, as in a chunk that holds other packets. */
const OFFSET = 5;
const HEAD_BYTES = 16;

function request(opcode: number, cxid: number): PacketView {
  const view = new PacketView();
  view.type = PacketType.REQUEST;
  view.buf = Buffer.alloc(OFFSET + HEAD_BYTES + 4);
  view.dataStart = OFFSET;
  view.dataEnd = OFFSET + HEAD_BYTES;
  view.hasData = true;
  view.end = view.buf.length;
  view.buf.writeInt32BE(cxid, OFFSET + 8);
  view.buf.writeInt32BE(opcode, OFFSET + 12);
  return view;
}

const write = (cxid: number): PacketView => request(OpCode.setData, cxid);
const sync = (cxid: number): PacketView => request(OpCode.sync, cxid);

function cxidOf(view: PacketView): number {
  return view.buf.readInt32BE(view.dataStart + 8);
}

function handedOn(backlog: RequestBacklog): number[] {
  const cxids: number[] = [];
  for (let next = backlog.next(); next !== undefined; next = backlog.next()) cxids.push(cxidOf(next));
  return cxids;
}

describe('the backlog of a learner', () => {
  it('keeps nothing back while no sync is unanswered', () => {
    const backlog = new RequestBacklog();
    expect([write(1), write(2), sync(3)].map((packet) => backlog.admits(packet))).toEqual([true, true, true]);
    expect(backlog.syncAnswered()).toBe(false);
    expect(backlog.admits(write(4))).toBe(true);
    expect(handedOn(backlog)).toEqual([]);
  });

  it('keeps writes back behind an unanswered sync, in their order, with all that comes behind them', () => {
    const backlog = new RequestBacklog();
    const packets = [sync(1), sync(2), write(3), sync(4), write(5), write(6)];
    expect(packets.map((packet) => backlog.admits(packet))).toEqual([true, true, false, false, false, false]);
    expect(backlog.syncAnswered()).toBe(false);
    expect(handedOn(backlog)).toEqual([]);
    expect(backlog.syncAnswered()).toBe(true);
    expect(handedOn(backlog)).toEqual([3, 4]);
    expect(backlog.admits(write(7))).toBe(false);
    expect(backlog.syncAnswered()).toBe(true);
    expect(handedOn(backlog)).toEqual([5, 6, 7]);
    expect(backlog.admits(write(8))).toBe(true);
  });

  it('keeps copies: the chunk that a packet lay in is used again', () => {
    const backlog = new RequestBacklog();
    const kept = write(2);
    backlog.admits(sync(1));
    backlog.admits(kept);
    kept.buf.fill(0xff);
    backlog.syncAnswered();
    expect(handedOn(backlog)).toEqual([2]);
  });
});
