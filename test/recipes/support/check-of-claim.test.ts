import { describe, expect, it } from 'vitest';
import type { Client } from '../../../src/client/index.js';
import { BadArgumentsError, CuratorFramework } from '../../../src/client/index.js';
import { DistributedQueue, LockLostError, WorkPartitioner } from '../../../src/recipes/index.js';
import type { Assignment, QueueItem } from '../../../src/recipes/index.js';
import { simulate } from '../../../src/testing/index.js';
import type { SimulatedWorld } from '../../../src/testing/index.js';

const SHORT_MS = 2000;

/** The one partition, as soon as this client has it. */
async function assigned(client: Client, { drainMs = 30_000, onError = () => undefined } = {}): Promise<Assignment> {
  const options = { partitions: ['p'], debounceMs: 100, drainMs, onError };
  const { value } = await new WorkPartitioner(client, '/work', options).assignments()[Symbol.asyncIterator]().next();
  return value as Assignment;
}

async function delivered(client: Client): Promise<QueueItem<unknown>> {
  const { value } = await new DistributedQueue(client, '/queue').items().next();
  return value as QueueItem<unknown>;
}

/** A holder whose process stands still for so long that the next one has the same claim's path when it wakes. */
async function succession<Held>(
  world: SimulatedWorld,
  held: (client: Client) => Promise<Held>,
): Promise<{ readonly slow: Client; readonly quick: Client; readonly early: Held; wake: () => Promise<Held> }> {
  const [slow, quick] = [world.client({ sessionTimeoutMs: SHORT_MS }), world.client()];
  await quick.create('/ledger', 'nobody');
  const early = await held(slow);
  const wake = async (): Promise<Held> => {
    world.stall(slow, 3 * SHORT_MS);
    const waking = world.sleep(1, { client: slow });
    const late = await held(quick);
    await waking;
    return late;
  };
  return { slow, quick, early, wake };
}

async function ledger(client: Client): Promise<string | undefined> {
  await client.sync('/ledger');
  return (await client.getData('/ledger')).data?.toString();
}

describe('the guard of a claim, whose path the next one has too', () => {
  it.each(['transaction', 'checkOp'] as const)('refuses what a stalled worker wrote before, by %s', (how) =>
    simulate(async (world) => {
      const { slow, quick, early, wake } = await succession(world, assigned);
      const guarded = how === 'transaction' ? early.transaction() : slow.transaction().check(...early.checkOp());
      const write = guarded.setData('/ledger', 'stale');
      const late = await wake();
      await expect(write.commit()).rejects.toThrow(LockLostError);
      expect(late.isHeld()).toBe(true);
      expect(await ledger(quick)).toBe('nobody');
    }),
  );

  it('refuses what a stalled consumer of a queue wrote before', () =>
    simulate(async (world) => {
      await new DistributedQueue(world.client(), '/queue').put('a');
      const { quick, early, wake } = await succession(world, delivered);
      const write = early.transaction().setData('/ledger', 'stale');
      const late = await wake();
      await expect(write.commit()).rejects.toThrow(LockLostError);
      expect(late.isHeld()).toBe(true);
      expect(await ledger(quick)).toBe('nobody');
    }));

  it('refuses a worker that has not stopped in time, when the next one has the partition', () =>
    simulate(async (world) => {
      const [slow, quick] = [world.client(), world.client()];
      await quick.create('/ledger', 'nobody');
      const errors: unknown[] = [];
      // Its id comes first in the plan or not: both have their turn, for the one that is left waits.
      const early = await assigned(slow, { drainMs: 1000, onError: (error?: unknown) => void errors.push(error) });
      const write = early.transaction().setData('/ledger', 'stale');
      const others = Array.from({ length: 8 }, () => world.client());
      const late = await Promise.race(others.map((client) => assigned(client)));
      expect(early.isDraining).toBe(false);
      expect(late.isHeld()).toBe(true);
      expect(() => early.transaction()).toThrow(LockLostError);
      await expect(write.commit()).rejects.toThrow(LockLostError);
      expect(await ledger(quick)).toBe('nobody');
      expect(errors).toHaveLength(1);
    }));

  it('is of the client that holds it, also through a framework; and of no other', () =>
    simulate(async (world) => {
      const [client, other] = [world.client(), world.client()];
      await other.create('/ledger', 'nobody');
      const held = await assigned(client);
      const framework = new CuratorFramework(client);
      await framework
        .transaction()
        .check(...held.checkOp())
        .setData('/ledger', 'mine')
        .commit();
      expect(await ledger(other)).toBe('mine');
      const foreign = other
        .transaction()
        .check(...held.checkOp())
        .setData('/ledger', 'foreign');
      await expect(foreign.commit()).rejects.toThrow(BadArgumentsError);
      expect(await ledger(other)).toBe('mine');
    }));
});

describe('the claim of a queue', () => {
  it('that is given back while a reply is lost takes nobody else’s with it', async () => {
    for (let delayMs = 0; delayMs <= 16; delayMs += 4) {
      await simulate(async (world) => {
        const [client, other] = [world.client(), world.client()];
        await new DistributedQueue(other, '/queue').put('a');
        const item = await delivered(client);
        const next = delivered(other);
        const releasing = item.release();
        await world.sleep(delayMs);
        world.loseReply(client);
        const again = await next;
        await releasing;
        await world.sleep(5000);
        expect((await other.exists(again.path)).stat?.czxid).toBe(again.token);
        await again.ack();
      });
    }
  });
});
