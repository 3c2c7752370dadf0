import { expect, it } from 'vitest';
import { MarshallingError } from '../../../src/protocol/errors.js';
import { OpCode } from '../../../src/protocol/op-codes.js';
import { PacketType, PacketView } from '../../../src/protocol/quorum/index.js';
import { ForwardedRequests } from '../../../src/server/quorum/forwarded-requests.js';
import { LearnerPeer } from '../../../src/server/zab/learner-peer.js';

const HEAD_BYTES = 16;

function request(opcode: number, cxid: number): PacketView {
  const view = new PacketView();
  view.type = PacketType.REQUEST;
  view.buf = Buffer.alloc(HEAD_BYTES);
  view.dataEnd = HEAD_BYTES;
  view.end = HEAD_BYTES;
  view.hasData = true;
  view.buf.writeInt32BE(cxid, 8);
  view.buf.writeInt32BE(opcode, 12);
  return view;
}

/** A server that cannot read the request with the number `bad`. */
function rig(bad = -1) {
  const log: string[] = [];
  const turnEnds: (() => void)[] = [];
  const requests = new ForwardedRequests({
    replica: {
      forwarded: (sid, { buf }) => {
        const cxid = buf.readInt32BE(8);
        if (cxid === bad) throw new MarshallingError('odd');
        log.push(`${sid}: ${cxid}`);
      },
    },
    timers: { atTurnEnd: (fn) => turnEnds.push(fn) },
    sync: ({ sid }) => log.push(`sync for ${sid}`),
    handedOn: () => log.push('handed on'),
    refused: ({ sid }, reason) => log.push(`${sid} refused: ${reason}`),
  });
  const peer = new LearnerPeer();
  peer.sid = 2;
  requests.connected(peer);
  const come = (opcode: number, cxid: number): void => requests.came(peer, request(opcode, cxid));
  const endTurn = (): void => turnEnds.splice(0).forEach((fn) => fn());
  return { requests, peer, come, endTurn, take: () => log.splice(0) };
}

it('hands requests on as they come, but none that comes behind a sync before that is answered and the turn is over', () => {
  const { requests, peer, come, endTurn, take } = rig();
  come(OpCode.setData, 1);
  come(OpCode.sync, 2);
  come(OpCode.setData, 3);
  come(OpCode.sync, 4);
  expect(take()).toEqual(['2: 1', '2: 2', 'sync for 2']);
  requests.syncAnswered(peer);
  expect(take()).toEqual([]);
  endTurn();
  expect(take()).toEqual(['2: 3', '2: 4', 'sync for 2', 'handed on']);
  requests.syncAnswered(peer);
  endTurn();
  expect(take()).toEqual([]);
});

it('refuses what was kept back and is no request', () => {
  const { requests, peer, come, endTurn, take } = rig(2);
  come(OpCode.sync, 1);
  come(OpCode.setData, 2);
  take();
  requests.syncAnswered(peer);
  endTurn();
  expect(take()).toEqual(['2 refused: odd', 'handed on']);
  expect(() => come(OpCode.setData, 2)).toThrow(MarshallingError);
});

it('forgets what a learner has forwarded that is gone', () => {
  const { requests, peer, come, endTurn, take } = rig();
  come(OpCode.sync, 1);
  come(OpCode.setData, 2);
  requests.syncAnswered(peer);
  requests.lost(peer);
  take();
  endTurn();
  come(OpCode.setData, 3);
  expect(take()).toEqual([]);
});
