import type { Client } from '../../../src/client/index.js';
import { DistributedBarrier, DistributedDoubleBarrier } from '../../../src/recipes/index.js';
import type { HerdCase, HerdCrowd, HerdStage } from './herd-case.js';

export const BARRIER_CASES: readonly HerdCase[] = [
  {
    id: 'barrier',
    recipe: 'DistributedBarrier',
    step: 'it opens, all pass',
    eventsMax: (waiters) => waiters,
    gather: closedBarrier,
  },
  {
    id: 'double-barrier-enter',
    recipe: 'DistributedDoubleBarrier',
    step: 'the last one comes, all enter',
    eventsMax: (waiters) => waiters + 1,
    gather: (stage, waiters) => doubleBarrier(stage, waiters, 'enter'),
  },
  {
    id: 'double-barrier-leave',
    recipe: 'DistributedDoubleBarrier',
    step: 'the last one is done, all leave',
    eventsMax: (waiters) => 2 * waiters,
    gather: (stage, waiters) => doubleBarrier(stage, waiters, 'leave'),
  },
];

async function closedBarrier(stage: HerdStage, waiters: number): Promise<HerdCrowd> {
  const [first, ...others] = (await stage.clients(waiters + 1)) as [Client, ...Client[]];
  const gate = new DistributedBarrier(first, stage.path);
  await gate.setBarrier();
  const passed = Promise.all(others.map((client) => new DistributedBarrier(client, stage.path).waitOnBarrier()));
  return {
    steps: 1,
    step: async () => {
      await gate.removeBarrier();
      await passed;
    },
  };
}

async function doubleBarrier(stage: HerdStage, waiters: number, what: 'enter' | 'leave'): Promise<HerdCrowd> {
  const clients = await stage.clients(waiters + 1);
  const barriers = clients.map((client) => new DistributedDoubleBarrier(client, stage.path, clients.length));
  const [last, ...others] = barriers as [DistributedDoubleBarrier, ...DistributedDoubleBarrier[]];
  const entered = Promise.all(others.map((barrier) => barrier.enter()));
  await stage.children(stage.path, waiters);
  const enter = async (): Promise<void> => {
    await last.enter();
    await entered;
  };
  if (what === 'enter') return { steps: 1, step: enter };
  await enter();
  const left = Promise.all(others.map((barrier) => barrier.leave()));
  return {
    steps: 1,
    step: async () => {
      await last.leave();
      await left;
    },
  };
}
