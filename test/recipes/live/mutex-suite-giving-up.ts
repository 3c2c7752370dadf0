import { describe, expect, it } from 'vitest';
import { TimeoutError } from '../../../src/client/index.js';
import { OpCode } from '../../../src/protocol/index.js';
import type { Hold } from '../../../src/recipes/index.js';
import type { MutexScene } from './mutex-scene.js';

export function givingUp(scene: MutexScene): void {
  describe('giving up', () => {
    it('in the middle of the line leaves nothing, and wakes only the next', async () => {
      const clients = await scene.company.clients(12);
      const aborts = clients.map(() => new AbortController());
      const holder = await scene.mutexOf(clients[0]!).acquire();
      const turns: Promise<Hold>[] = [];
      for (let i = 1; i <= 10; i += 1) {
        const { signal } = aborts[i]!;
        turns.push((await scene.waitInLine(clients[i]!, { signal })).turn);
      }
      await scene.watchesSettleAt(10);
      const line = await scene.lineOf(clients[11]!);
      const before = await scene.deletionEvents();
      aborts[5]!.abort(new Error('fifth gives up'));
      await expect(turns[4]).rejects.toThrow('fifth gives up');
      expect(await scene.lineOf(clients[11]!)).toEqual(line.filter((_, place) => place !== 5));
      await scene.watchesSettleAt(9); // the sixth watches the fourth: see that it is the fourth who wakes it
      expect((await scene.deletionEvents()) - before).toBe(1);
      for (const place of [1, 2, 3, 4, 6]) aborts[place]!.abort();
      await Promise.allSettled([...turns.slice(0, 4), turns[5]]);
      await holder.release();
      const seventh = await turns[6]!;
      for (const place of [8, 9, 10]) aborts[place]!.abort();
      await Promise.allSettled(turns.slice(7));
      await seventh.release();
      expect(await scene.lineOf(clients[11]!)).toEqual([]);
      expect(await scene.watchCount()).toBe(0);
    });

    it('after a time-out leaves nothing', async () => {
      const [one, other] = await scene.company.clients(2);
      const holder = await scene.mutexOf(one!).acquire();
      await expect(scene.mutexOf(other!).acquire({ timeoutMs: 100 })).rejects.toBeInstanceOf(TimeoutError);
      expect(await scene.lineOf(other!)).toEqual([holder.path]);
      expect(await scene.watchCount()).toBe(0);
    });

    it('is what tryAcquire does when somebody is ahead', async () => {
      const [one, other] = await scene.company.clients(2);
      const holder = await scene.mutexOf(one!).acquire();
      expect(await scene.mutexOf(other!).tryAcquire()).toBeNull();
      expect(await scene.lineOf(other!)).toEqual([holder.path]);
      await holder.release();
      const hold = await scene.mutexOf(other!).tryAcquire();
      expect(hold?.isHeld()).toBe(true);
    });

    it('while the create is under way leaves nothing', async () => {
      const proxy = await scene.company.proxy();
      const [watcher, client] = [await scene.company.client(), await scene.company.client({ through: proxy })];
      await scene.mutexOf(client).run(() => undefined);
      const abort = new AbortController();
      const created = proxy.holdReply(OpCode.create2);
      const waiting = scene.mutexOf(client).acquire({ signal: abort.signal });
      waiting.catch(() => undefined);
      const reply = await created;
      expect(await scene.lineOf(watcher)).toHaveLength(1);
      abort.abort(new Error('never mind'));
      reply.release();
      await expect(waiting).rejects.toThrow('never mind');
      expect(await scene.lineOf(watcher)).toEqual([]);
    });

    it('while the create is under way and its reply is lost leaves nothing', async () => {
      const proxy = await scene.company.proxy();
      const [watcher, client] = [await scene.company.client(), await scene.company.client({ through: proxy })];
      await scene.mutexOf(client).run(() => undefined);
      const abort = new AbortController();
      const created = proxy.holdReply(OpCode.create2);
      const waiting = scene.mutexOf(client).acquire({ signal: abort.signal });
      waiting.catch(() => undefined);
      const reply = await created;
      abort.abort(new Error('never mind'));
      reply.lose();
      await expect(waiting).rejects.toThrow('never mind');
      await scene.lineOfLength(watcher, 0);
    });

    it('without a connection is quick, and tidied up as soon as there is one', async () => {
      const proxy = await scene.company.proxy();
      const [one, other] = [await scene.company.client(), await scene.company.client({ through: proxy })];
      const holder = await scene.mutexOf(one).acquire();
      const abort = new AbortController();
      const { turn } = await scene.waitInLine(other, { signal: abort.signal });
      await scene.watchesSettleAt(1);
      const suspended = new Promise<void>((resolve) => other.once('suspended', () => resolve()));
      proxy.refuse(true);
      proxy.cut();
      await suspended;
      const startMs = performance.now();
      abort.abort(new Error('never mind'));
      await expect(turn).rejects.toThrow('never mind');
      expect(performance.now() - startMs).toBeLessThan(500);
      expect(await scene.lineOf(one)).toHaveLength(2);
      proxy.heal();
      await scene.lineOfLength(one, 1);
      await scene.watchesSettleAt(0);
      await holder.release();
    });

    it('two hundred times leaves no node and no watch', async () => {
      const [one, other] = await scene.company.clients(2);
      for (let round = 0; round < 50; round += 1) {
        const hold = await scene.mutexOf(one!).acquire();
        const abort = new AbortController();
        const waits = Promise.allSettled([
          scene.mutexOf(other!).acquire({ signal: abort.signal }),
          scene.mutexOf(other!).acquire({ timeoutMs: round % 7 }),
          scene.mutexOf(other!).acquire({ timeoutMs: round % 7, revocable: true }),
        ]);
        expect(await scene.mutexOf(other!).tryAcquire()).toBeNull();
        abort.abort();
        const statuses = (await waits).map(({ status }) => status);
        expect(statuses).toEqual(['rejected', 'rejected', 'rejected']);
        await hold.release();
      }
      expect(await scene.lineOf(one!)).toEqual([]);
      expect(await scene.watchCount()).toBe(0);
    });
  });
}
