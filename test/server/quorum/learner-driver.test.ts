import { expect, it } from 'vitest';
import { SILENT_LOGGER } from '../../../src/runtime/index.js';
import type { ByteStream } from '../../../src/runtime/index.js';
import { FlushQueue } from '../../../src/server/net/flush-queue.js';
import { LearnerDriver } from '../../../src/server/quorum/learner-driver.js';
import type { LearnerReplica } from '../../../src/server/quorum/learner-replica.js';
import { ServerStats } from '../../../src/server/words/server-stats.js';
import type { DurableAcceptedEpoch, DurableCurrentEpoch } from '../../../src/server/zab/durable.js';
import { World } from '../../../src/testing/sim/world.js';
import { zxid } from '../zab/support/packets.js';
import { CALM } from './support/calm.js';

const PORT = 2888;
const LIMIT_MS = 60_000;
const INIT_LIMIT_MS = 20_000;

/** A learner that has just found its leader, and what stands at the leader's address, in virtual time. */
class Harness {
  readonly ended: { readonly reason: string; readonly atMs: number }[] = [];
  readonly driver: LearnerDriver;
  /** What was said on each connection. */
  readonly calls: Buffer[] = [];
  private readonly world = new World({ seed: 1, turnMs: 1, weather: CALM, observe: () => undefined });

  /** @param called with each connection that is made, counted from 1 */
  constructor(called: (stream: ByteStream, call: number) => void, replica: Partial<LearnerReplica> = {}) {
    const { runtime } = this.world.host('learner', '10.0.0.2');
    this.driver = new LearnerDriver(
      {
        zab: {
          ...{ sid: 1, isObserver: false, lastLogged: zxid('1.0'), configVersion: zxid('0.0') },
          ...{ acceptedEpoch: 1 as DurableAcceptedEpoch, currentEpoch: 1 as DurableCurrentEpoch },
        },
        dial: {
          ...{ addresses: [{ host: '10.0.0.1', port: PORT }], tls: null },
          ...{ timeoutMs: INIT_LIMIT_MS, retryDelayMs: 100, delayMs: 0 },
        },
        ...{ tickTimeMs: 2000, initLimit: 10, syncLimit: 5, fieldBytesMax: 1000 },
      },
      {
        ...{ runtime, logger: SILENT_LOGGER, flushQueue: new FlushQueue(runtime.timers), stats: new ServerStats() },
        replica: replica as LearnerReplica,
        began: () => undefined,
        ended: (reason) => this.ended.push({ reason, atMs: this.world.clock.nowMs }),
        reconfigured: () => undefined,
      },
    );
    const leader = this.world.host('leader', '10.0.0.1').runtime;
    void leader.network.listen({ port: PORT }, (stream) => {
      const call = this.calls.push(Buffer.alloc(0));
      stream.listen({
        data: (chunk) => (this.calls[call - 1] = Buffer.concat([this.calls[call - 1]!, chunk])),
        close: () => undefined,
      });
      called(stream, call);
    });
  }

  async start(): Promise<this> {
    await this.pass(1);
    this.driver.start();
    return this;
  }

  async pass(ms: number): Promise<void> {
    await this.world.clock.run(() => false, this.world.clock.nowMs + ms);
  }

  async until(isSo: () => boolean): Promise<void> {
    expect(await this.world.clock.run(isSo, this.world.clock.nowMs + LIMIT_MS)).toBe(true);
  }
}

it('calls again when its connection is closed without a word: the port of the leader may not be open yet', async () => {
  const harness = await new Harness((stream, call) => void (call < 4 && stream.destroy())).start();
  await harness.until(() => (harness.calls[3]?.length ?? 0) > 0);
  expect(harness.ended).toEqual([]);
  // It says who it is on each.
  expect(harness.calls[3]?.readInt32BE(0)).toBe(11);
  await harness.until(() => harness.ended.length > 0);
  expect(harness.ended[0]?.reason).toMatch(/^it has been silent for 2\d{4} ms$/);
});

it('gives up a leader whose connections are closed without a word for half a second', async () => {
  const harness = await new Harness((stream) => stream.destroy()).start();
  await harness.until(() => harness.ended.length > 0);
  expect(harness.ended[0]?.reason).toMatch(/^no connection to it: /);
  expect(harness.ended[0]?.atMs).toBeLessThanOrEqual(500);
  expect(harness.calls.length).toBeGreaterThan(5);
});

it('leaves a leader at once that has said something and closes the connection', async () => {
  const harness = await new Harness((stream) => {
    // A PING: type, zxid -1, no data, no ids.
    stream.write(Buffer.from('00000005ffffffffffffffffffffffffffffffff', 'hex'));
    stream.end();
  }).start();
  await harness.until(() => harness.ended.length > 0);
  expect(harness.calls).toHaveLength(1);
});

it('calls nobody any more when it is stopped while it waits to call again', async () => {
  const harness = await new Harness((stream) => stream.destroy()).start();
  await harness.until(() => harness.calls.length === 2);
  harness.driver.stop('the test is over');
  await harness.pass(1000);
  expect(harness.calls).toHaveLength(2);
  expect(harness.ended).toEqual([]);
});

it('takes a snapshot that is longer on its way than a leader may be silent, and minds silence in the middle of one', async () => {
  let leader: ByteStream | null = null;
  const received: string[] = [];
  const harness = await new Harness((stream) => void (leader = stream), {
    receiveSnapshot: async (chunks) => {
      for await (const chunk of chunks) received.push(chunk.toString());
      throw new Error('the connection broke first');
    },
  }).start();
  await harness.until(() => (harness.calls[0]?.length ?? 0) > 0);
  // LEADERINFO of epoch 1, which was accepted before; then SNAP.
  leader!.write(Buffer.from('00000011' + '0000000100000000' + '00000004' + '00010000' + 'ffffffff', 'hex'));
  leader!.write(Buffer.from('0000000f' + '0000000100000000' + 'ffffffff' + 'ffffffff', 'hex'));
  for (let piece = 1; piece <= 5; piece++) {
    await harness.pass(INIT_LIMIT_MS / 2);
    leader!.write(Buffer.from(String(piece)));
  }
  await harness.pass(INIT_LIMIT_MS / 2);
  expect([received, harness.ended]).toEqual([['1', '2', '3', '4', '5'], []]);
  await harness.pass(INIT_LIMIT_MS);
  expect(harness.ended.map(({ reason }) => reason)).toEqual([
    expect.stringMatching(/^it has been silent for 2\d{4} ms$/),
  ]);
});
