import { describe, expect, it } from 'vitest';
import type { Client } from '../../../src/client/index.js';
import { OpCode } from '../../../src/protocol/index.js';
import type { Hold } from '../../../src/recipes/index.js';
import { until } from '../../interop/support/until.js';
import type { MutexScene } from './mutex-scene.js';
import { WAIT_MS } from './mutex-scene.js';

export function mutualExclusion(scene: MutexScene): void {
  describe('mutual exclusion', () => {
    it('lets one in at a time, with growing tokens', async () => {
      const clients = await scene.company.clients(6);
      let inside = 0;
      const tokens: number[] = [];
      const work = async (client: Client): Promise<void> => {
        for (let round = 0; round < 5; round += 1) {
          await scene.mutexOf(client).run(async (hold) => {
            inside += 1;
            expect(inside).toBe(1);
            tokens.push(hold.token);
            await client.exists('/');
            inside -= 1;
          });
        }
      };
      await Promise.all(clients.map(work));
      expect(tokens).toHaveLength(30);
      expect(tokens).toEqual([...new Set(tokens)].sort((a, b) => a - b));
    });

    it('lets them in in the order they came', async () => {
      const [holder, ...others] = await scene.company.clients(8);
      const first = await scene.mutexOf(holder!).acquire();
      const order: number[] = [];
      const turns: Promise<void>[] = [];
      for (const [place, client] of others.entries()) {
        const { turn } = await scene.waitInLine(client);
        turns.push(
          turn.then(async (hold) => {
            order.push(place);
            await hold.release();
          }),
        );
      }
      await first.release();
      await Promise.all(turns);
      expect(order).toEqual([0, 1, 2, 3, 4, 5, 6]);
    });

    it('wakes one waiter a release, however many wait', async () => {
      const [one, other] = await scene.company.clients(2);
      const first = await scene.mutexOf(one!).acquire();
      const turns: Promise<Hold>[] = [];
      for (let i = 0; i < 20; i += 1) turns.push((await scene.waitInLine(other!)).turn);
      await scene.watchesSettleAt(20);
      const before = await scene.deletionEvents();
      await first.release();
      const second = await turns[0]!;
      expect((await scene.deletionEvents()) - before).toBe(1);
      expect(await scene.watchCount()).toBe(19);
      await second.release();
      for (const turn of turns.slice(1)) await (await turn).release();
      expect((await scene.deletionEvents()) - before).toBe(20);
    });

    it('costs one round trip to take and one to give back', async () => {
      const proxy = await scene.company.proxy();
      const mutex = scene.mutexOf(await scene.company.client({ through: proxy }));
      await mutex.run(() => undefined); // makes the parents
      proxy.requests.clear();
      const created = proxy.holdReply(OpCode.create2);
      const acquiring = mutex.acquire();
      const reply = await created;
      // The list is on its way before the create is answered.
      await until(() => proxy.requestsOf(OpCode.getChildren2) === 1 || undefined, {
        what: 'a list',
        timeoutMs: WAIT_MS,
      });
      reply.release();
      const hold = await acquiring;
      expect(Object.fromEntries(proxy.requests)).toEqual({ [OpCode.create2]: 1, [OpCode.getChildren2]: 1 });
      proxy.requests.clear();
      await hold.release();
      expect(Object.fromEntries(proxy.requests)).toEqual({ [OpCode.delete]: 1 });
    });

    it('wakes nobody when a connection breaks and comes back, however many wait', async () => {
      const proxy = await scene.company.proxy();
      const [one, other] = [await scene.company.client(), await scene.company.client({ through: proxy })];
      const mutex = scene.mutexOf(other);
      const holder = await scene.mutexOf(one).acquire();
      const leaving = new AbortController();
      const turns = Array.from({ length: 500 }, () => mutex.acquire({ signal: leaving.signal }));
      await scene.watchesSettleAt(500);
      proxy.requests.clear();
      const back = new Promise<void>((resolve) => other.once('reconnected', () => resolve()));
      proxy.cut();
      await back;
      await scene.watchesSettleAt(500);
      // A sync, at times, so that whoever comes first can rely on the session: one for all.
      expect([...proxy.requests.keys()].filter((op) => op !== OpCode.sync)).toEqual([OpCode.setWatches]);
      expect(proxy.requestsOf(OpCode.sync)).toBeLessThanOrEqual(1);
      await holder.release();
      const next = await Promise.race(turns);
      expect(proxy.requestsOf(OpCode.getChildren2)).toBe(1);
      leaving.abort();
      await Promise.allSettled(turns);
      await next.release();
    });

    it('lets a crowd of one client share their lists', async () => {
      const proxy = await scene.company.proxy();
      const mutex = scene.mutexOf(await scene.company.client({ through: proxy }));
      const leaving = new AbortController();
      const turns = Array.from({ length: 200 }, () => mutex.acquire({ signal: leaving.signal }));
      await scene.watchesSettleAt(199);
      expect(proxy.requestsOf(OpCode.getChildren2)).toBeLessThan(10);
      const first = await Promise.race(turns);
      leaving.abort();
      await Promise.allSettled(turns);
      await first.release();
    });
  });
}
