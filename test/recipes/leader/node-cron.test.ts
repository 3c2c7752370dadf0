import cron from 'node-cron';
import type { SkipReason } from 'node-cron';
import { expect, it } from 'vitest';
import { Client } from '../../../src/client/index.js';
import { nodeCronCoordinator } from '../../../src/recipes/index.js';
import { startServer } from '../../../src/testing/index.js';
import { until } from '../../interop/support/until.js';

const REPLICAS = 3;
/** node-cron knows no shorter interval. */
const EACH_SECOND = '* * * * * *';
const TICKS = 2;

it('node-cron itself runs each tick of a task in one of three replicas', async () => {
  await using server = await startServer();
  const clients = await Promise.all(Array.from({ length: REPLICAS }, () => Client.connect(server.connectString)));
  const ran: string[] = [];
  const skipped: string[] = [];
  const reasons = new Set<SkipReason | undefined>();
  const tasks = clients.map((client) => {
    const runCoordinator = nodeCronCoordinator(client, { path: '/cron' });
    const options = { name: 'nightly', distributed: true, runCoordinator, timezone: 'UTC' };
    const task = cron.schedule(EACH_SECOND, ({ dateLocalIso }) => ran.push(dateLocalIso), options);
    task.on('execution:skipped', ({ dateLocalIso, reason }) => {
      skipped.push(dateLocalIso);
      reasons.add(reason);
    });
    return task;
  });
  const isTold = (tick: string): boolean => skipped.filter((each) => each === tick).length === REPLICAS - 1;
  await until(async () => ran.filter(isTold).length >= TICKS || undefined, {
    what: `${TICKS} ticks`,
    timeoutMs: 60_000,
  });
  for (const task of tasks) await task.destroy();
  expect(ran).toEqual([...new Set(ran)]);
  expect([...reasons]).toEqual(['not-elected']);
  const { children } = await clients[0]!.getChildren('/cron');
  expect(children).toEqual(['nightly']);
  await Promise.all(clients.map((client) => client.close()));
});
