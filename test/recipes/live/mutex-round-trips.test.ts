import { expect, test } from 'vitest';
import { InterProcessMutex } from '../../../src/recipes/index.js';
import { startServer } from '../../../src/testing/index.js';
import { VirtualWorld } from '../../client/support/virtual-world.js';

/** In the virtual network every byte takes a millisecond; server and disk take no time. */
const ROUND_TRIP_MS = 2;

test('a free lock costs one round trip, a hand-over two, giving up one', async () => {
  const world = new VirtualWorld();
  const server = await startServer({ port: 2181, runtime: world.runtime });
  const [one, other] = [world.client(server.connectString), world.client(server.connectString)];
  const [mutex, otherMutex] = [one, other].map((client) => new InterProcessMutex(client, '/locks/a'));
  await world.until(mutex!.run(() => undefined)); // makes the parents
  await world.until(other.connected());
  const roundTrips = async <T>(work: Promise<T>): Promise<[number, T]> => {
    const startMs = world.time.monotonicMs();
    const value = await world.until(work);
    return [(world.time.monotonicMs() - startMs) / ROUND_TRIP_MS, value];
  };
  const [taking, hold] = await roundTrips(mutex!.acquire());
  expect(taking).toBe(1);
  const [trying] = await roundTrips(otherMutex!.tryAcquire());
  expect(trying).toBe(2);

  // Half a trip for the delete, half for the event; then the waiter asks whether it is its turn.
  const turn = otherMutex!.acquire();
  await world.pass(100);
  const [handOver, next] = await roundTrips(Promise.all([turn, hold.release()]));
  expect(handOver).toBe(2);

  const leaving = new AbortController();
  const waiting = mutex!.acquire({ signal: leaving.signal });
  await world.pass(100);
  leaving.abort();
  const [givingUp] = await roundTrips(waiting.catch(() => undefined));
  expect(givingUp).toBe(1);
  const [givingBack] = await roundTrips(next[0].release());
  expect(givingBack).toBe(1);
  expect(await world.until(mutex!.participants())).toEqual([]);
  for (const client of [one, other]) await world.until(client.close());
  await server.close();
});
