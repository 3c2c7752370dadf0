import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Client } from '../../src/client/index.js';
import { InterProcessMutex } from '../../src/recipes/index.js';
import { startServer } from '../../src/testing/index.js';
import type { TestServer } from '../../src/testing/index.js';
import { VirtualWorld } from '../client/support/virtual-world.js';

const SESSION_TIMEOUT_MS = 10_000;
const MINUTE_MS = 60_000;
const [LOCK, SERVICE] = ['/locks/a', '/service'];
const EPHEMERAL = { mode: 'ephemeral' } as const;

// A minute of virtual time; the server is the real one.
let world: VirtualWorld;
let server: TestServer;

beforeEach(async () => {
  world = new VirtualWorld();
  server = await startServer({ port: 2181, runtime: world.runtime, tickTimeMs: 1000 });
});
afterEach(async () => {
  await Promise.all(world.clients.map((client) => world.until(client.close())));
  await server.close();
});

function connect(): Client {
  return world.client(server.connectString, { sessionTimeoutMs: SESSION_TIMEOUT_MS });
}

/** A process that has registered itself and holds the lock. */
async function register(client: Client) {
  const hold = await world.until(new InterProcessMutex(client, LOCK).acquire());
  await world.until(client.create(SERVICE, 'before', EPHEMERAL));
  return hold;
}

async function expectStillThereAMinuteLater(client: Client, hold: Awaited<ReturnType<typeof register>>): Promise<void> {
  await world.pass(MINUTE_MS);
  const { data, stat } = await world.until(client.getData(SERVICE));
  expect(data?.toString()).toBe('after');
  expect(stat.ephemeralOwner).toBe(client.sessionId);
  expect(hold.isHeld()).toBe(true);
  expect(await world.until(hold.verify())).toBe(true);
  expect(await world.until(new InterProcessMutex(client, LOCK).participants())).toEqual([hold.path]);
}

test('5. After expiry, meet our own old ephemeral: recognised as not ours any more, replaced, and still there a minute later', async () => {
  const former = connect();
  const before = await register(former);
  const oldId = former.sessionId;
  // The process dies without a word and is started again at once: its old session has most of its time before it.
  for (const link of world.network.links) link.isSilent = true;
  await world.until(former.close({ timeoutMs: 0 }));
  const client = connect();
  await world.until(client.connected());

  // By hand: the owner tells that the node is of another session, and until that ends it can be replaced.
  const refused = await world.failure(client.create(SERVICE, 'after', EPHEMERAL));
  expect(refused).toMatchObject({ code: 'NODE_EXISTS' });
  const { stat } = await world.until(client.exists(SERVICE));
  expect(stat?.ephemeralOwner).toBe(oldId);
  expect(stat?.ephemeralOwner).not.toBe(client.sessionId);
  const replacing = client.transaction().delete(SERVICE, { version: stat?.version ?? 0 });
  await world.until(replacing.create(SERVICE, 'after', EPHEMERAL).commit());

  // By the recipe: the old node stands in the line, and is taken neither for the new contender nor for a grant.
  const mutex = new InterProcessMutex(client, LOCK);
  expect(await world.until(mutex.participants())).toEqual([before.path]);
  const after = await world.until(mutex.acquire());
  expect(after.path).not.toBe(before.path);
  expect(after.sessionId).toBe(client.sessionId);
  expect(after.token).toBeGreaterThan(before.token);
  expect(before.isHeld()).toBe(false);
  await expectStillThereAMinuteLater(client, after);
});

test('5. ... and a client that lives on ends its old session itself: there is nothing to meet', async () => {
  const client = connect();
  const before = await register(client);
  const oldId = client.sessionId;
  // The server is away until the client gives its session up. Started again, it gives every session its full time.
  await server.stop();
  const lost = new Promise((resolve) => client.once('lost', resolve));
  expect(await world.until(lost)).toMatchObject({ sessionId: oldId, reason: 'silence' });
  expect(before.signal.reason).toMatchObject({ reason: 'deadline-passed' });
  const back = new Promise<void>((resolve) => client.once('reconnected', () => resolve()));
  await server.start();
  await world.until(back);
  expect(client.sessionId).not.toBe(oldId);
  expect(await world.until(client.exists(SERVICE))).toEqual({ stat: null });
  await world.until(client.create(SERVICE, 'after', EPHEMERAL));
  const after = await world.until(new InterProcessMutex(client, LOCK).acquire());
  expect(after.path).not.toBe(before.path);
  await expectStillThereAMinuteLater(client, after);
});
