import { expect, it } from 'vitest';
import { SILENT_LOGGER } from '../../../src/runtime/index.js';
import type { ByteStream, Runtime } from '../../../src/runtime/index.js';
import { FlushQueue } from '../../../src/server/net/flush-queue.js';
import { QuorumPeer } from '../../../src/server/quorum/quorum-peer.js';
import type { QuorumPeerDeps } from '../../../src/server/quorum/quorum-peer.js';
import type { QuorumReplica } from '../../../src/server/quorum/quorum-replica.js';
import { PeerPorts } from '../../../src/server/quorum/peer-ports.js';
import { ServerStats } from '../../../src/server/words/server-stats.js';
import { CommittedLog } from '../../../src/server/zab/committed-log.js';
import { QuorumConfig } from '../../../src/server/zab/quorum-config.js';
import type { Vote } from '../../../src/server/zab/vote.js';

const THREE = QuorumConfig.parse('server.1=a:1:2\nserver.2=b:1:2\nserver.3=c:1:2');

type Connecting = () => Promise<ByteStream>;
const refused: Connecting = () => Promise.reject(new Error('refused'));

/** A member whose leader cannot be reached, whose own port closes slowly, and which leaves its role when the test says so. */
function lonelyPeer(connecting = refused) {
  const clock = { nowMs: 0 };
  const ended: string[] = [];
  let letGo: () => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  let listening = 0;
  const replica = {
    lastLogged: 0,
    epochs: { accepted: 0, current: 0 },
    onLogged: () => undefined,
    endReadOnly: () => undefined,
    finishRequests: () => Promise.resolve(),
    endRole: () => {
      ended.push('role');
      return new Promise<void>((resolve, reject) => {
        letGo = resolve;
        fail = reject;
      });
    },
  };
  const runtime = {
    clock: { monotonicMs: () => clock.nowMs, wallMs: () => 0 },
    timers: { after: (_ms: number, fn: () => void) => ({ cancel: () => undefined, fn }), atTurnEnd: () => undefined },
    network: {
      connect: () => ({ stream: connecting(), abort: () => undefined }),
      listen: async () => {
        listening += 1;
        return { port: 1, address: 'a', close: () => new Promise((resolve) => setImmediate(resolve)) };
      },
    },
  };
  const looks: string[] = [];
  const election = {
    look: () => looks.push('look'),
    ...{ entered: () => undefined, close: () => Promise.resolve(), currentVote: { leader: 2 } },
  };
  const peer = new QuorumPeer(
    {
      ...{ sid: 1, tickTimeMs: 100, initLimit: 40, syncLimit: 5, connectTimeoutMs: 0, fieldBytesMax: 1000 },
      ...{ leaderRetryDelayMs: 100, observerDelayMaxMs: 0, observerReconnectDelayMs: 0, readOnlyAfterMs: null },
    },
    {
      runtime: runtime as unknown as Runtime,
      logger: SILENT_LOGGER,
      flushQueue: new FlushQueue(runtime.timers as unknown as Runtime['timers']),
      replica: replica as unknown as QuorumReplica,
      election: election as unknown as QuorumPeerDeps['election'],
      membership: { current: THREE, lastSeen: THREE },
      ports: new PeerPorts({ sid: 1, listenOnAllIps: false, keepAlive: false, tlsServer: null, tlsClient: null }),
      log: new CommittedLog({ entriesMax: 10, bytesMax: 1000 }),
      stats: new ServerStats(),
      membersChanged: () => undefined,
      roleChanged: () => undefined,
    },
  );
  return {
    ...{ peer, clock, ended, looks, letGo: () => letGo() },
    ...{ fail: (error: Error) => fail(error), isListening: () => listening > 0 },
  };
}

it('leaves a role once, though it is told to stop while it leaves', async () => {
  const { peer, ended, looks, letGo } = lonelyPeer();
  peer.start();
  peer.elected({ leader: 2 } as Vote);
  await expect.poll(() => ended).toEqual(['role']);
  const stopped = peer.stop();
  letGo();
  await stopped;
  expect(ended).toEqual(['role']);
  expect(looks).toEqual(['look']);
});

it('tells who stops it why its role could not be left, and nobody else', async () => {
  const unhandled: unknown[] = [];
  const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', onUnhandled);
  const { peer, ended, fail, isListening } = lonelyPeer();
  peer.start();
  peer.elected({ leader: 1 } as Vote);
  await expect.poll(isListening).toBe(true);
  const stopped = peer.stop();
  await expect.poll(() => ended).toEqual(['role']);
  fail(new Error('the disk is full'));
  await expect(stopped).rejects.toThrow('the disk is full');
  process.off('unhandledRejection', onUnhandled);
  expect(unhandled).toEqual([]);
});

it('leaves a leader that says nothing when a quorum looks without it, and gives the next one twice as long', async () => {
  const { peer, clock, ended, looks, letGo } = lonelyPeer(() => new Promise(() => undefined));
  peer.start();
  // At most initLimit: no leader is waited for any longer.
  for (const [index, waitedMs] of [1000, 2000, 4000, 4000].entries()) {
    const round = index + 1;
    peer.elected({ leader: 2 } as Vote);
    clock.nowMs += waitedMs - 1;
    peer.outvoted();
    expect(ended).toHaveLength(round - 1);
    clock.nowMs += 1;
    peer.outvoted();
    await expect.poll(() => ended).toHaveLength(round);
    letGo();
    await expect.poll(() => looks).toHaveLength(round + 1);
  }
});

it('leaves a leader at once that has not said a word when its election connection closes', async () => {
  const { peer, ended, looks, letGo } = lonelyPeer(() => new Promise(() => undefined));
  peer.start();
  peer.peerGone(2);
  peer.elected({ leader: 2 } as Vote);
  peer.peerGone(3);
  expect(ended).toEqual([]);
  peer.peerGone(2);
  await expect.poll(() => ended).toEqual(['role']);
  letGo();
  await expect.poll(() => looks).toEqual(['look', 'look']);
});
