import { beforeEach, describe, expect, it } from 'vitest';
import type { Client } from '../../../src/client/index.js';
import { LeaderLatch, LeaderSelector } from '../../../src/recipes/index.js';
import { simulate } from '../../../src/testing/index.js';
import { describeNodes, noteKinds, recordedNodes } from '../live/znodes.js';

async function lineOf(client: Client, path: string, length: number): Promise<void> {
  for (;;) {
    const { stat } = await client.exists(path);
    if (stat?.numChildren === length) return;
  }
}

beforeEach(noteKinds);

describe('the same znodes as Curator', () => {
  it('of a leader latch with three participants', async () => {
    await simulate(async (world) => {
      const clients = [1, 2, 3].map(() => world.client());
      for (const [at, id] of ['node-a', 'node-b', ''].entries()) {
        new LeaderLatch(clients[at]!, '/v/latch', { id }).start();
        await lineOf(clients[at]!, '/v/latch', at + 1);
      }
      const recorded = recordedNodes('leader-latch.json', (path) => path);
      expect(await describeNodes(clients[0]!, '/v/latch', clients)).toEqual(recorded);
    });
  });

  it('of a leader selector with two participants', async () => {
    await simulate(async (world) => {
      const clients = [1, 2].map(() => world.client());
      // Who has no id has the framework's default data there.
      for (const [at, id] of ['node-a', '192.0.2.1'].entries()) {
        new LeaderSelector(clients[at]!, '/v/selector', () => new Promise(() => undefined), { id }).start();
        await lineOf(clients[at]!, '/v/selector', at + 1);
      }
      const recorded = recordedNodes('leader-selector.json', (path) => path);
      expect(await describeNodes(clients[0]!, '/v/selector', clients)).toEqual(recorded);
    });
  });
});
