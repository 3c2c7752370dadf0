import type { Client } from '../../../src/client/index.js';
import { LeaderLatch, LeaderSelector } from '../../../src/recipes/index.js';
import { crowdInLine } from './crowd-in-line.js';
import type { Taken } from './crowd-in-line.js';
import type { HerdCase } from './herd-case.js';

export const LEADER_CASES: readonly HerdCase[] = [
  {
    id: 'latch',
    recipe: 'LeaderLatch',
    step: 'a leader leaves',
    eventsMax: () => 1,
    gather: (stage, waiters) => {
      const take = async (client: Client): Promise<Taken> => {
        const latch = new LeaderLatch(client, stage.path);
        latch.start();
        await latch.awaitLeadership();
        return { release: () => latch.close() };
      };
      return crowdInLine(stage, { waiters, take, line: { path: stage.path, length: waiters + 1 } });
    },
  },
  {
    id: 'selector',
    recipe: 'LeaderSelector',
    step: 'a term ends',
    eventsMax: () => 1,
    gather: (stage, waiters) => {
      const take = (client: Client): Promise<Taken> =>
        new Promise((resolve) => {
          const lead = (): Promise<void> => new Promise((end) => resolve({ release: async () => end() }));
          new LeaderSelector(client, stage.path, lead, { requeue: false }).start();
        });
      return crowdInLine(stage, { waiters, take, line: { path: stage.path, length: waiters + 1 } });
    },
  },
];
