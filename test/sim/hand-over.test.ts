import { expect, it } from 'vitest';
import { simulate } from '../../src/testing/index.js';

/** So much shorter than the silence that an election waits for where nobody knows who is gone (200 ms). */
const HAND_OVER_MAX_MS = 60;

it.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'a leader that is told to stop answers what it has taken, and another leads at once (%i)',
  (seed) =>
    simulate(
      async (world) => {
        await world.until(() => world.leader !== null && world.servers.every(({ isServing }) => isServing));
        const old = world.leader!;
        const client = world.client({ connectString: old.address });
        await client.create('/n', '');
        const answers = Array.from({ length: 50 }, (_, i) => client.create(`/n/${String(i)}`, ''));
        // They are on their way through the leader; what comes later may be refused.
        await Promise.race(answers);
        const startMs = world.nowMs;
        await Promise.all([world.stop(old), world.until(() => world.leader !== null && world.leader !== old)]);
        expect(world.nowMs - startMs).toBeLessThan(HAND_OVER_MAX_MS);

        const isAnswered = (await Promise.allSettled(answers)).map(({ status }) => status === 'fulfilled');
        const reader = world.client();
        await reader.sync('/');
        const { children } = await reader.getChildren('/n');
        for (const [i, answered] of isAnswered.entries()) if (answered) expect(children).toContain(String(i));
        expect(isAnswered).toEqual(isAnswered.map(() => true));
      },
      { seed },
    ),
);
