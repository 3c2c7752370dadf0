import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest';
import type { LiveServer } from './live-server.js';
import { MutexScene } from './mutex-scene.js';
import { mutualExclusion } from './mutex-suite-exclusion.js';
import { givingUp } from './mutex-suite-giving-up.js';
import { losingTheLock } from './mutex-suite-losing.js';
import { lostReplies } from './mutex-suite-lost-replies.js';
import { sharing } from './mutex-suite-sharing.js';
import { sameZnodes } from './mutex-suite-znodes.js';

/** What InterProcessMutex promises, on a server of flesh and blood. */
export function mutexSuite(name: string, start: () => Promise<LiveServer>): void {
  describe(name, () => {
    const scene = new MutexScene();
    beforeAll(async () => {
      scene.server = await start();
    });
    afterAll(() => scene.server.close());
    beforeEach(() => scene.enter());
    afterEach(() => scene.company.leave());

    mutualExclusion(scene);
    givingUp(scene);
    lostReplies(scene);
    losingTheLock(scene);
    sharing(scene);
    sameZnodes(scene);
  });
}
