import { it } from 'vitest';
import { WorkPartitioner } from '../../../src/recipes/partitioner/index.js';
import { simulate } from '../../../src/testing/index.js';

const CLAIM = '/shards/claims/only';

it('claims a partition of which it is told in one breath that another has it, and that it has left', async () => {
  await simulate(async (world) => {
    const [holder, worker] = [world.client(), world.client()];
    for (const path of ['/shards', '/shards/claims']) await holder.create(path);
    await holder.create(CLAIM, 'somebody else', { mode: 'ephemeral' });
    const getData = worker.getData.bind(worker);
    const slowly: typeof getData = async (path: string, options: { watch?: boolean } = {}) => {
      const got = await getData(path, { ...options, watch: true });
      if (path === CLAIM && options.watch === true) {
        await holder.delete(CLAIM).catch(() => undefined);
        await got.watch.fired;
      }
      return got;
    };
    worker.getData = slowly;
    const partitioner = new WorkPartitioner(worker, '/shards', { partitions: ['only'], debounceMs: 0 });
    const running = partitioner.run(
      ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
    );
    await world.until(() => partitioner.held.length === 1, { timeoutMs: 5000 });
    await partitioner.close();
    await running;
  });
});
