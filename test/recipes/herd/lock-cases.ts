import type { Client } from '../../../src/client/index.js';
import type { Hold } from '../../../src/recipes/index.js';
import { InterProcessMutex } from '../../../src/recipes/index.js';
import type { HerdCase, HerdCrowd, HerdStage } from './herd-case.js';

/** Releases that are counted; a line that is shorter gives fewer. */
const STEPS = 4;

/** One holds, the others stand in line; each who gets it releases it at the next step. */
export async function crowdInLine(
  stage: HerdStage,
  waiters: number,
  { acquire, line }: { acquire: (client: Client) => Promise<Pick<Hold, 'release'>>; line: string },
): Promise<HerdCrowd> {
  const [first, ...others] = await stage.clients(waiters + 1);
  let holder = await acquire(first!);
  // Whoever gets it says so.
  let granted: (hold: Pick<Hold, 'release'>) => void = () => undefined;
  for (const client of others) {
    acquire(client).then(
      (hold) => granted(hold),
      // The crowd has left.
      () => undefined,
    );
  }
  await stage.children(line, waiters + 1);
  return {
    steps: Math.min(STEPS, waiters),
    step: async () => {
      const next = new Promise<Pick<Hold, 'release'>>((resolve) => (granted = resolve));
      await holder.release();
      holder = await next;
    },
  };
}

export const LOCK_CASES: readonly HerdCase[] = [
  {
    id: 'mutex',
    recipe: 'InterProcessMutex',
    step: 'a release',
    eventsMax: () => 1,
    gather: (stage, waiters) => {
      const acquire = (client: Client): Promise<Hold> => new InterProcessMutex(client, stage.path).acquire();
      return crowdInLine(stage, waiters, { acquire, line: stage.path });
    },
  },
];
