import { describe, expect, it } from 'vitest';
import { OpCode } from '../../../src/protocol/index.js';
import { WAIT_MS } from './mutex-scene.js';
import type { MutexScene } from './mutex-scene.js';

export function lostReplies(scene: MutexScene): void {
  describe('lost replies', () => {
    it.each([
      ['create', OpCode.create2],
      ['list', OpCode.getChildren2],
      ['watched read', OpCode.getData],
    ])('of the %s: one contender, who gets its turn', async (_name, op) => {
      const proxy = await scene.company.proxy();
      const [one, other] = [await scene.company.client(), await scene.company.client({ through: proxy })];
      const holder = await scene.mutexOf(one).acquire();
      const swallowed = proxy.swallowReply(op);
      const turn = scene.mutexOf(other).acquire({ timeoutMs: WAIT_MS });
      await swallowed;
      expect(await scene.lineOfLength(one, 2)).toContain(holder.path);
      await holder.release();
      const hold = await turn;
      expect(await scene.lineOf(one)).toEqual([hold.path]);
      await hold.release();
      expect(await scene.lineOf(one)).toEqual([]);
      await scene.watchesSettleAt(0);
    });

    it('of the delete: the lock is free, and release() says so', async () => {
      const proxy = await scene.company.proxy();
      const [one, other] = [await scene.company.client(), await scene.company.client({ through: proxy })];
      const hold = await scene.mutexOf(other).acquire();
      const swallowed = proxy.swallowReply(OpCode.delete);
      await Promise.all([hold.release(), swallowed]);
      expect(await scene.lineOf(one)).toEqual([]);
    });
  });
}
