import { expect, test } from 'vitest';
import {
  InterProcessMultiLock,
  InterProcessReadWriteLock,
  InterProcessSemaphoreV2,
} from '../../../src/recipes/index.js';
import { startServer } from '../../../src/testing/index.js';
import { VirtualWorld } from '../../client/support/virtual-world.js';

/** In the virtual network every byte takes a millisecond; server and disk take no time. */
const ROUND_TRIP_MS = 2;

test('locks cost the round trips that their pages say', async () => {
  const world = new VirtualWorld();
  const server = await startServer({ port: 2181, runtime: world.runtime });
  const client = world.client(server.connectString);
  const lock = new InterProcessReadWriteLock(client, '/locks/a');
  const semaphore = new InterProcessSemaphoreV2(client, '/locks/b', { permits: 3 });
  const multi = new InterProcessMultiLock(client, ['/locks/c', '/locks/d', '/locks/e']);
  // Makes the parents.
  for (const each of [lock.writeLock(), semaphore, multi]) await world.until(each.run(() => undefined));
  const roundTrips = async <T>(work: Promise<T>): Promise<[number, T]> => {
    const startMs = world.time.monotonicMs();
    const value = await world.until(work);
    await world.pass(100);
    return [(world.time.monotonicMs() - startMs - 100) / ROUND_TRIP_MS, value];
  };

  const [reading, reader] = await roundTrips(lock.readLock().acquire());
  expect(reading).toBe(1);
  expect((await roundTrips(reader.release()))[0]).toBe(1);
  const [writing, writer] = await roundTrips(lock.writeLock().acquire());
  expect(writing).toBe(1);
  const [downgrading, downgraded] = await roundTrips(writer.downgrade());
  expect(downgrading).toBe(2);
  await roundTrips(downgraded.release());

  const [leasing, lease] = await roundTrips(semaphore.acquire());
  expect(leasing).toBe(2);
  expect((await roundTrips(lease.release()))[0]).toBe(1);
  const [leasingThree, leases] = await roundTrips(semaphore.acquire({ count: 3 }));
  expect(leasingThree).toBe(2);
  expect((await roundTrips(leases.release()))[0]).toBe(1);

  const [takingAll, set] = await roundTrips(multi.acquire());
  expect(takingAll).toBe(3);
  expect((await roundTrips(set.release()))[0]).toBe(1);
  await world.until(client.close());
  await server.close();
});
