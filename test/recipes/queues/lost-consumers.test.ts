import { describe, expect, it, vi } from 'vitest';
import { DistributedQueue, LockLostError } from '../../../src/recipes/index.js';
import { simulate } from '../../../src/testing/index.js';
import { childrenOf, isEmpty, nextOf, PATH, text } from './queue-scene.js';

describe('what a consumer leaves', () => {
  it.each([2000, 4000])(
    'that dies, an idle one gets when that session ends (%i ms), not its own',
    async (sessionTimeoutMs) => {
      await simulate(async (world) => {
        const [dying, heir, onlooker] = [world.client({ sessionTimeoutMs }), world.client(), world.client()];
        const queue = new DistributedQueue(dying, PATH);
        await queue.put('a');
        const item = await nextOf(queue.items());
        expect(heir.negotiatedTimeoutMs).toBe(30_000);
        const next = nextOf(new DistributedQueue(heir, PATH).items());
        await world.sleep(1000);
        let expiredMs = NaN;
        const { watch } = await onlooker.exists(item.path, { watch: true });
        void watch.fired.then(() => (expiredMs = world.nowMs));
        world.kill(dying);
        const again = await next;
        expect(text(again)).toBe('a');
        expect(world.nowMs - expiredMs).toBeLessThan(1500);
        await again.ack();
        await isEmpty(world, heir);
      });
    },
  );

  it('that is cut off, another gets when it has been told; and its ack is refused', async () => {
    await simulate(async (world) => {
      const [cut, heir] = [world.client({ sessionTimeoutMs: 3000 }), world.client()];
      const queue = new DistributedQueue(cut, PATH);
      await queue.put('a');
      const item = await nextOf(queue.items());
      const next = nextOf(new DistributedQueue(heir, PATH).items());
      let wasTold = false;
      item.signal.addEventListener('abort', () => (wasTold = true));
      world.isolate(cut);
      const again = await next;
      expect(wasTold).toBe(true);
      expect(again.name).toBe(item.name);
      expect(again.token).toBeGreaterThan(item.token);
      world.heal();
      await expect(item.ack()).rejects.toThrow(LockLostError);
      await item.nack();
      await again.ack();
      await isEmpty(world, heir);
    });
  });

  it('of a claim that it lost with its connection and gives back as well, takes nothing of the next one', async () => {
    await simulate(async (world) => {
      const [client, heir] = [world.client(), world.client()];
      const queue = new DistributedQueue(client, PATH, { onSuspended: 'abort' });
      await queue.put('a');
      const item = await nextOf(queue.items());
      // Each try to delete the claim has looked before, and found it there; the second gets through when the heir has it.
      let isTaken: () => void = () => undefined;
      const taken = new Promise<void>((resolve) => (isTaken = resolve));
      const original = client.delete.bind(client);
      let deletes = 0;
      vi.spyOn(client, 'delete').mockImplementation(async (path, options) => {
        deletes += 1;
        if (deletes > 1) await taken;
        return original(path, options);
      });
      world.disconnect(client);
      await world.until(() => item.signal.aborted);
      await item.release();
      const again = await nextOf(new DistributedQueue(heir, PATH).items());
      isTaken();
      await world.sleep(5000);
      expect((await heir.exists(again.path)).stat?.czxid).toBe(again.token);
      await again.ack();
      await isEmpty(world, heir);
    });
  });

  it('by releasing it, an idle one gets soon', async () => {
    await simulate(async (world) => {
      const [client, other] = [world.client(), world.client()];
      const queue = new DistributedQueue(client, PATH);
      await queue.put('a');
      const item = await nextOf(queue.items());
      const next = nextOf(new DistributedQueue(other, PATH).items());
      await world.sleep(5000);
      const startMs = world.nowMs;
      await item.release();
      expect((await next).token).toBeGreaterThan(item.token);
      expect(world.nowMs - startMs).toBeLessThan(1500);
    });
  });

  it("takes nothing of the next one's along, whichever reply to the removal of its claim gets lost", async () => {
    for (let replies = 0; replies < 3; replies++) {
      await simulate(async (world) => {
        const [client, other] = [world.client(), world.client()];
        const queue = new DistributedQueue(client, PATH);
        await queue.put('a');
        const item = await nextOf(queue.items());
        const next = nextOf(new DistributedQueue(other, PATH).items());
        await world.sleep(100);
        const released = item.release();
        await world.sleep(replies * 5);
        world.loseReply(client);
        await world.sleep(20);
        // Long enough for the other one, if the claim is gone.
        world.isolate(client);
        await world.sleep(2000);
        world.heal();
        await released;
        const again = await next;
        await world.sleep(5000);
        expect((await other.exists(again.path)).stat?.czxid).toBe(again.token);
        await again.ack();
        await isEmpty(world, other);
      });
    }
  });

  it('that cannot read it and loses its session meanwhile, the next one keeps', async () => {
    await simulate(async (world) => {
      const [blind, other] = [world.client({ sessionTimeoutMs: 2000 }), world.client()];
      const deserialize = (): never => {
        throw new Error('this version does not know it');
      };
      const queue = new DistributedQueue(blind, PATH, {
        serializer: { serialize: (value: string) => Buffer.from(value), deserialize },
        onError: () => undefined,
      });
      await queue.put('a');
      const create = blind.create.bind(blind);
      vi.spyOn(blind, 'create').mockImplementation(async (path, ...args) => {
        if (path === `${PATH}-corrupt`) {
          world.isolate(blind);
          await world.until(() => blind.state === 'lost');
          world.heal();
          await nextHeld;
        }
        return create(path, ...args);
      });
      const consuming = queue.items().next();
      consuming.catch(() => undefined);
      await world.sleep(100);
      const nextHeld = nextOf(new DistributedQueue(other, PATH).items());
      const item = await nextHeld;
      await world.sleep(2000);
      expect((await other.exists(item.path)).stat?.czxid).toBe(item.token);
      await item.ack();
      expect(await childrenOf(other, `${PATH}-corrupt`)).toEqual([]);
      await blind.close();
    });
  });
});
