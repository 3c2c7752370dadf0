import RedisMock from 'ioredis-mock';
import { afterEach, describe, expect, it } from 'vitest';
import { InterProcessMutex, LockLostError } from '../../../src/recipes/index.js';
import { FencedError, FenceGuard } from '../../../src/recipes/redis/index.js';
import { simulate } from '../../../src/testing/index.js';
import { fenceSuite } from './fence-suite.js';

const open: InstanceType<typeof RedisMock>[] = [];

afterEach(async () => {
  for (const redis of open.splice(0)) {
    await redis.flushall(); // mocks of one address share their data
    redis.disconnect();
  }
});

function connect(): InstanceType<typeof RedisMock> {
  const redis = new RedisMock();
  open.push(redis);
  return redis;
}

describe('the fence guard, on a mock', () => {
  fenceSuite(connect);

  it('refuses a lost hold without asking Redis, and a late one that does not know', () =>
    simulate(async (world) => {
      const [first, second] = [world.client(), world.client()];
      const early = await new InterProcessMutex(first, '/lock').acquire();
      const redis = connect();
      const guard = new FenceGuard(redis);
      await guard.set('account', early, '90');
      await second.delete(early.path); // behind its back
      const late = await new InterProcessMutex(second, '/lock').acquire();
      await guard.set('account', late, '80');
      expect(early.isHeld()).toBe(true);
      await expect(guard.set('account', early, '200')).rejects.toBeInstanceOf(FencedError);
      await early.release();
      await expect(guard.set('account', early, '200')).rejects.toBeInstanceOf(LockLostError);
      expect(await redis.get('account')).toBe('80');
    }));

  it('a holder that stood still for twice its session is refused (users: acceptance 2)', () =>
    simulate(async (world) => {
      const [first, second] = [world.client({ sessionTimeoutMs: 2000 }), world.client()];
      const hold = await new InterProcessMutex(first, '/lock').acquire();
      const guard = new FenceGuard(connect());
      world.stall(first, 6000);
      const next = await new InterProcessMutex(second, '/lock').acquire();
      await guard.set('k', next, 'new');
      await world.sleep(10_000);
      expect(hold.isHeld()).toBe(false);
      await expect(guard.set('k', hold, 'old')).rejects.toBeInstanceOf(LockLostError);
      await expect(guard.set('k', hold.token, 'old')).rejects.toBeInstanceOf(FencedError);
    }));
});
