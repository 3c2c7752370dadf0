import { describe, expect, it } from 'vitest';
import { TransactionError } from '../../../src/client/index.js';
import { LockLostError } from '../../../src/recipes/index.js';
import { SHORT_SESSION_MS } from './company.js';
import { WAIT_MS } from './mutex-scene.js';
import type { MutexScene } from './mutex-scene.js';

export function losingTheLock(scene: MutexScene): void {
  describe('losing the lock', () => {
    it.each([
      ['in both directions', ['to-server', 'to-client'] as const],
      ['towards the server', ['to-server'] as const],
      ['towards the client', ['to-client'] as const],
    ])('is known before anybody else holds it: silence %s', async (_name, directions) => {
      const proxy = await scene.company.proxy();
      const cutOff = await scene.company.client({ through: proxy, sessionTimeoutMs: SHORT_SESSION_MS });
      const other = await scene.company.client();
      const holder = await scene.mutexOf(cutOff).acquire();
      const { turn } = await scene.waitInLine(other);
      let lostAtMs = Infinity;
      holder.signal.addEventListener('abort', () => (lostAtMs = performance.now()));
      proxy.blackHole(...directions);
      const next = await turn;
      expect(lostAtMs).toBeLessThan(performance.now());
      expect(holder.isHeld()).toBe(false);
      expect(holder.signal.reason).toBeInstanceOf(LockLostError);
      expect(next.token).toBeGreaterThan(holder.token);
      // Nothing that is asked of a lost hold fails in an unexpected way (or rejects unseen).
      await holder.release();
      await holder.release();
      expect(await holder.verify()).toBe(false);
      expect(holder.remainingMs()).toBe(0);
      expect(() => holder.transaction()).toThrow(LockLostError);
      // And the same client can stand in line again when it is back.
      proxy.heal();
      const again = await scene.waitInLine(cutOff);
      await next.release();
      expect((await again.turn).token).toBeGreaterThan(next.token);
    });

    it('does not happen by a short interruption', async () => {
      const proxy = await scene.company.proxy();
      const client = await scene.company.client({ through: proxy });
      const hold = await scene.mutexOf(client).acquire();
      const back = new Promise<void>((resolve) => client.once('reconnected', () => resolve()));
      proxy.cut();
      await back;
      expect(hold.isHeld()).toBe(true);
      expect(await hold.verify()).toBe(true);
      await hold.release();
    });

    it('is seen at the first look after a stall of the event loop', async () => {
      const stalled = await scene.company.client({ sessionTimeoutMs: SHORT_SESSION_MS });
      const other = await scene.company.client();
      const holder = await scene.mutexOf(stalled).acquire();
      await other.create(scene.ledgerPath(), 'before');
      const { turn } = await scene.waitInLine(other);
      const wakeMs = performance.now() + 2 * SHORT_SESSION_MS;
      while (performance.now() < wakeMs);
      expect(holder.signal.aborted).toBe(false); // no timer has had a chance to run
      expect(holder.isHeld()).toBe(false);
      expect(holder.signal.aborted).toBe(true);
      const hold = await turn;
      const late = stalled.transaction().check(holder.path).setData(scene.ledgerPath(), 'late');
      await expect(late.commit({ timeoutMs: WAIT_MS })).rejects.toThrow();
      const { data } = await other.getData(scene.ledgerPath());
      expect(data?.toString()).toBe('before');
      await hold.release();
    });

    it('by a deletion by hand is seen when asked, and refuses a guarded write', async () => {
      const [one, other] = await scene.company.clients(2);
      const ledger = scene.ledgerPath();
      const hold = await scene.mutexOf(one!).acquire();
      await other!.create(ledger, 'before');
      await hold.transaction().setData(ledger, 'guarded').commit();
      await other!.delete(hold.path);
      const refused = hold.transaction().setData(ledger, 'late').commit();
      await expect(refused).rejects.toMatchObject({ index: 0, code: 'NO_NODE', path: hold.path });
      await expect(refused).rejects.toBeInstanceOf(TransactionError);
      expect((await other!.getData(ledger)).data?.toString()).toBe('guarded');
      expect(await hold.verify()).toBe(false);
      expect(hold.signal.reason).toMatchObject({ reason: 'node-deleted' });
      await hold.release();
    });

    it('while waiting for it means to stand in line again', async () => {
      const proxy = await scene.company.proxy();
      const one = await scene.company.client();
      const other = await scene.company.client({ through: proxy, sessionTimeoutMs: SHORT_SESSION_MS });
      const holder = await scene.mutexOf(one).acquire();
      const { turn } = await scene.waitInLine(other);
      const [, before] = await scene.lineOf(one);
      proxy.blackHole('to-server', 'to-client');
      await scene.lineOfLength(one, 1);
      proxy.heal();
      const [, after] = await scene.lineOfLength(one, 2);
      expect(after).not.toBe(before);
      await holder.release();
      expect((await turn).path).toBe(after);
    });

    it('with the client: its waiters are told, its nodes are gone', async () => {
      const [one, other] = await scene.company.clients(2);
      const hold = await scene.mutexOf(one!).acquire();
      const { turn } = await scene.waitInLine(one!);
      await one!.close();
      expect(hold.signal.reason).toMatchObject({ reason: 'session-over' });
      await expect(turn).rejects.toMatchObject({ code: 'CLOSED' });
      await hold.release();
      expect(await scene.lineOf(other!)).toEqual([]);
    });
  });
}
