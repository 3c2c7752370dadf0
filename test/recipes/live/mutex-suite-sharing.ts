import { describe, expect, it } from 'vitest';
import { InterProcessMutex } from '../../../src/recipes/index.js';
import type { MutexScene } from './mutex-scene.js';

export function sharing(scene: MutexScene): void {
  describe('sharing', () => {
    it('enters again for the same owner, with one node', async () => {
      const [one, other] = await scene.company.clients(2);
      const mutex = scene.mutexOf(one!);
      const holds = await Promise.all([1, 2, 3].map(() => mutex.acquire({ owner: 'job 7' })));
      expect(await scene.lineOf(other!)).toHaveLength(1);
      expect(await mutex.tryAcquire({ owner: 'job 8' })).toBeNull();
      for (const hold of holds) await hold.release();
      expect(await scene.lineOf(other!)).toEqual([]);
    });

    it('can be asked to end', async () => {
      const [one, other] = await scene.company.clients(2);
      const hold = await scene.mutexOf(one!).acquire({ revocable: true });
      const asked = new Promise<void>((resolve) => hold.revokeRequested.addEventListener('abort', () => resolve()));
      const [first = ''] = await scene.lineOf(other!);
      await InterProcessMutex.revoke(other!, first);
      await asked;
      expect(hold.isHeld()).toBe(true);
      await hold.release();
      await InterProcessMutex.revoke(other!, first);
      expect(await scene.watchCount()).toBe(0);
    });

    it('works below a chroot, and says so when there is none', async () => {
      const [one, other] = await scene.company.clients(2);
      await one!.create(scene.path.replace(/\/lock$/, ''), null);
      await one!.create(scene.path.replace(/lock$/, 'app'), null);
      const view = one!.withChroot(scene.path.replace(/lock$/, 'app'));
      const hold = await new InterProcessMutex(view, '/deep/lock').acquire();
      expect(hold.path).toMatch(/^\/deep\/lock\/_c_/);
      expect(await hold.verify()).toBe(true);
      await hold.transaction().commit();
      expect((await other!.getChildren(scene.path.replace(/lock$/, 'app/deep/lock'))).children).toHaveLength(1);
      await hold.release();
      const nowhere = other!.withChroot(scene.path.replace(/lock$/, 'nowhere'));
      const refused = new InterProcessMutex(nowhere, '/lock').acquire();
      await expect(refused).rejects.toThrow(/the chroot .*nowhere does not exist/);
    });

    it('goes on when the container was collected between two rounds', async () => {
      const [one, other] = await scene.company.clients(2);
      const tokens: number[] = [];
      for (let round = 0; round < 3; round += 1) {
        await scene.mutexOf(one!).run((hold) => void tokens.push(hold.token));
        await other!.delete(scene.path);
      }
      expect(tokens).toEqual([...new Set(tokens)].sort((a, b) => a - b));
    });
  });
}
