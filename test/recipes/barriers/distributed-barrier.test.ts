import { describe, expect, it, vi } from 'vitest';
import { TimeoutError } from '../../../src/client/index.js';
import { DistributedBarrier } from '../../../src/recipes/index.js';
import { simulate } from '../../../src/testing/index.js';

const PATH = '/barriers/start';
const SESSION_MS = 3000;

describe('a barrier', () => {
  it('lets all pass when it is removed, and whoever comes to an open one at once', async () => {
    await simulate(async (world) => {
      const clients = Array.from({ length: 5 }, () => world.client({ sessionTimeoutMs: SESSION_MS }));
      const [setter, ...others] = clients.map((client) => new DistributedBarrier(client, PATH));
      await setter!.waitOnBarrier();
      await setter!.setBarrier();
      await setter!.setBarrier();
      let passed = 0;
      const waits = others.map((barrier) => barrier.waitOnBarrier().then(() => (passed += 1)));
      await world.sleep(1000);
      expect([passed, await others[0]!.isSet()]).toEqual([0, true]);
      await setter!.removeBarrier();
      await Promise.all(waits);
      expect(await others[0]!.isSet()).toBe(false);
      await setter!.removeBarrier();
      for (const client of clients) expect(await client.checkWatches(PATH)).toBe(false);
    });
  });

  it('CURATOR-654: leaves no watch on an open barrier, nor when a wait is given up', async () => {
    await simulate(async (world) => {
      const client = world.client({ sessionTimeoutMs: SESSION_MS });
      const barrier = new DistributedBarrier(client, PATH);
      await barrier.waitOnBarrier();
      expect(await client.checkWatches(PATH)).toBe(false);
      await barrier.setBarrier();
      await expect(barrier.waitOnBarrier({ timeoutMs: 100 })).rejects.toThrow(TimeoutError);
      expect(await client.checkWatches(PATH)).toBe(false);
      for (const ms of [0, 1, 3, 6, 10, 50]) {
        const abort = new AbortController();
        const waiting = barrier.waitOnBarrier({ signal: abort.signal });
        waiting.catch(() => undefined);
        await world.sleep(ms);
        abort.abort(new Error('enough'));
        await expect(waiting).rejects.toThrow('enough');
        expect(await client.checkWatches(PATH)).toBe(false);
      }
    });
  });

  it('holds a waiter back through lost connections and lost sessions', async () => {
    await simulate(async (world) => {
      const [one, other] = [1, 2].map(() => world.client({ sessionTimeoutMs: SESSION_MS }));
      await new DistributedBarrier(one!, PATH).setBarrier();
      let hasPassed = false;
      const waiting = new DistributedBarrier(other!, PATH).waitOnBarrier().then(() => (hasPassed = true));
      await world.sleep(100);
      world.disconnect(other!);
      await world.sleep(1000);
      world.isolate(other!);
      await world.sleep(3 * SESSION_MS);
      world.heal();
      await world.until(() => other!.state === 'connected');
      await world.sleep(1000);
      expect(hasPassed).toBe(false);
      world.disconnect(other!);
      await new DistributedBarrier(one!, PATH).removeBarrier();
      await waiting;
    });
  });

  it('is seen by whoever waits after it was set, on whichever server', async () => {
    await simulate(async (world) => {
      const setter = world.client({ sessionTimeoutMs: SESSION_MS });
      const waiter = world.client({ sessionTimeoutMs: SESSION_MS });
      await Promise.all([setter.connected(), waiter.connected()]);
      for (let round = 0; round < 20; round += 1) {
        const path = `${PATH}-${round}`;
        await new DistributedBarrier(setter, path).setBarrier();
        const passed = new DistributedBarrier(waiter, path).waitOnBarrier({ timeoutMs: 50 });
        await expect(passed).rejects.toThrow(TimeoutError);
      }
    });
  });

  it('goes with its setter when it is ephemeral, and stays when it is not', async () => {
    await simulate(async (world) => {
      const [one, other] = [1, 2].map(() => world.client({ sessionTimeoutMs: SESSION_MS }));
      await new DistributedBarrier(one!, PATH, { ephemeral: true, data: 'by one' }).setBarrier();
      await new DistributedBarrier(one!, `${PATH}-kept`).setBarrier();
      const waiting = new DistributedBarrier(other!, PATH).waitOnBarrier();
      await world.sleep(100);
      world.kill(one!);
      await waiting;
      expect(await new DistributedBarrier(other!, `${PATH}-kept`).isSet()).toBe(true);
    });
  });

  it.each([0, 2, 4, 6, 8, 10])('is set, or removed, whatever reply gets lost (%i ms)', async (ms) => {
    await simulate(async (world) => {
      const client = world.client({ sessionTimeoutMs: SESSION_MS });
      const barrier = new DistributedBarrier(client, PATH);
      await client.connected();
      const set = barrier.setBarrier();
      await world.sleep(ms);
      world.loseReply(client);
      await set;
      expect(await barrier.isSet()).toBe(true);
      await world.until(() => client.state === 'connected');
      const removed = barrier.removeBarrier();
      await world.sleep(ms);
      world.loseReply(client);
      await removed;
      expect(await barrier.isSet()).toBe(false);
    });
  });

  it('does not remove a barrier that was set after its own removal, whose reply was lost', async () => {
    await simulate(async (world) => {
      const [one, other] = [1, 2].map(() => world.client({ sessionTimeoutMs: SESSION_MS }));
      const barrier = new DistributedBarrier(one!, PATH);
      await Promise.all([barrier.setBarrier(), other!.connected()]);
      const gone = other!.getData(PATH, { watch: true });
      const { watch } = await gone;
      const removed = barrier.removeBarrier();
      await world.sleep(6);
      world.loseReply(one!);
      world.isolate(one!);
      await watch.fired;
      await new DistributedBarrier(other!, PATH).setBarrier();
      world.heal();
      await removed;
      expect(await new DistributedBarrier(other!, PATH).isSet()).toBe(true);
    });
  });

  it.each([2, 16, 40, 57])('nor when the server it asks does not know of that removal yet (seed %i)', async (seed) => {
    await simulate(
      async (world) => {
        const [one, other] = [1, 2].map(() => world.client({ sessionTimeoutMs: SESSION_MS }));
        const barrier = new DistributedBarrier(one!, PATH);
        await Promise.all([barrier.setBarrier(), other!.connected()]);
        const { watch } = await other!.getData(PATH, { watch: true });
        const again = watch.fired.then(() => new DistributedBarrier(other!, PATH).setBarrier());
        await world.sleep(500);
        // A commit takes long, and a server that asks the leader about a session is answered before it.
        const { leader } = world;
        for (const server of world.servers) if (server !== leader) world.slowDown(leader!, server, 20);
        const original = one!.delete.bind(one!);
        vi.spyOn(one!, 'delete').mockImplementationOnce((...args) => {
          void world.sleep(6).then(() => world.disconnect(one!));
          return original(...args);
        });
        await barrier.removeBarrier();
        await again;
        await world.sleep(500);
        expect(await new DistributedBarrier(other!, PATH).isSet()).toBe(true);
      },
      { seed },
    );
  });

  it('names what is wrong with its arguments', async () => {
    await simulate(async (world) => {
      const client = world.client();
      expect(() => new DistributedBarrier(client, '/')).toThrow(/must not be the root/);
      expect(() => new DistributedBarrier(client, 'a')).toThrow(/path of a barrier/);
      await expect(new DistributedBarrier(client, PATH).waitOnBarrier({ timeoutMs: -1 })).rejects.toThrow(/timeoutMs/);
    });
  });
});
