import { beforeEach, describe, expect, it } from 'vitest';
import { InterProcessMutex } from '../../../src/recipes/index.js';
import type { MutexScene } from './mutex-scene.js';
import { describeNodes, noteKinds, recordedNodes } from './znodes.js';

export function sameZnodes(scene: MutexScene): void {
  describe('the same znodes as Curator', () => {
    beforeEach(noteKinds);

    it('held, waited for, and handed over', async () => {
      const clients = await scene.company.clients(3);
      scene.path = scene.path.replace(/lock$/, 'mutex');
      const compare = async (file: string): Promise<void> => {
        const recorded = recordedNodes(file, (each) => each.replace('/v/mutex', scene.path));
        expect(await describeNodes(clients[0]!, scene.path, clients)).toEqual(recorded);
      };
      const [one, two, three] = clients.map(
        (client) => new InterProcessMutex(client, scene.path, { data: '192.0.2.1' }),
      );
      const outer = await one!.acquire({ owner: 'job' });
      await compare('mutex-held.json');
      const inner = await one!.acquire({ owner: 'job' });
      const second = two!.acquire();
      await scene.lineOfLength(clients[0]!, 2);
      const third = three!.acquire();
      await scene.lineOfLength(clients[0]!, 3);
      await compare('mutex-held-2-waiters.json');
      await inner.release();
      await compare('mutex-held-2-waiters.json');
      await outer.release();
      const next = await second;
      await compare('mutex-after-release.json');
      await next.release();
      await (await third).release();
    });

    it('revocable, and asked for', async () => {
      const clients = await scene.company.clients(2);
      scene.path = scene.path.replace(/lock$/, 'revocable');
      const compare = async (file: string): Promise<void> => {
        const recorded = recordedNodes(file, (each) => each.replace('/v/revocable', scene.path));
        expect(await describeNodes(clients[0]!, scene.path, clients)).toEqual(recorded);
      };
      const hold = await new InterProcessMutex(clients[0]!, scene.path, { data: 'not shown' }).acquire({
        revocable: true,
      });
      await compare('mutex-revocable-held.json');
      await InterProcessMutex.revoke(clients[1]!, hold.path);
      await compare('mutex-revocable-requested.json');
    });
  });
}
