import { BadArgumentsError } from '../../client/errors.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import { childOf } from '../../protocol/paths.js';
import { WaitBudget } from '../../client/support/wait-budget.js';
import type { Claimed } from './occasion-marker.js';
import { Occasion } from './occasion.js';
import type { JobOptions } from './run-once.js';

/** What node-cron (4.4 and later) asks before and tells after each run of a task that is `distributed`. */
export interface NodeCronCoordinator {
  /** Whether this process runs the task at that time: true for one process at most, whatever the others' clocks say. */
  shouldRun(key: string, ttlMs: number): Promise<boolean>;
  /** The run has ended. */
  onComplete(key: string): Promise<void>;
}

/** node-cron's keys: the task's name and its scheduled time. */
const KEY = /^(.+):(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)$/s;

/**
 * For node-cron's option `runCoordinator`, or its `setRunCoordinator()`: each scheduled run happens in one process, as with
 * {@link runOnce}. `path` is the place of all jobs; each task has its nodes below it, under its name. An occasion whose runner
 * dies is left. `shouldRun` rejects when there is no answer within the task's `distributedLease` (30 s unless set), and
 * node-cron skips the run then.
 */
export function nodeCronCoordinator(client: KeeperClient, options: JobOptions): NodeCronCoordinator {
  const running = new Map<string, { readonly occasion: Occasion; readonly claimed: Claimed }>();
  return {
    shouldRun: async (key, ttlMs) => {
      const [, name, time] = KEY.exec(key) ?? [];
      if (name === undefined || time === undefined) {
        throw new BadArgumentsError({
          message: `key is ${JSON.stringify(key)}; it must be a task's name, a colon and a time`,
        });
      }
      const path = childOf(options.path, encodeURIComponent(name));
      const occasion = new Occasion(client, { ...options, path, occasion: new Date(time) });
      const budget = new WaitBudget(client, { timeoutMs: ttlMs }, `run ${key}`);
      const taken = await budget.settle(occasion.take(budget));
      if ('reason' in taken) return false;
      running.set(key, { occasion, claimed: taken.claimed });
      return true;
    },
    onComplete: async (key) => {
      const run = running.get(key);
      running.delete(key);
      if (run !== undefined) await run.occasion.finish(run.claimed, 'done');
    },
  };
}
