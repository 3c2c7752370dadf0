import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Client } from '../../../src/client/index.js';
import {
  InterProcessMultiLock,
  InterProcessReadWriteLock,
  InterProcessSemaphoreMutex,
  InterProcessSemaphoreV2,
} from '../../../src/recipes/index.js';
import { startServer } from '../../../src/testing/index.js';
import { until } from '../../interop/support/until.js';
import { Company } from './company.js';
import type { LiveServer } from './live-server.js';
import { describeNodes, noteKinds, recordedNodes } from './znodes.js';

const WAIT_MS = 20_000;
/** What Curator wrote where it was given nothing. */
const data = '192.0.2.1';

beforeEach(noteKinds);

describe('the same znodes as Curator', () => {
  let server: LiveServer;
  let company: Company;
  let clients: [Client, Client, Client];
  beforeEach(async () => {
    server = await startServer();
    company = new Company(server);
    clients = (await company.clients(3)) as [Client, Client, Client];
    await clients[0].create('/v');
  });
  afterEach(async () => {
    await company.leave();
    await server.close();
  });

  async function compare(file: string): Promise<void> {
    const recorded = recordedNodes(file, (path) => path);
    const root = recorded.map(({ path }) => path).sort()[0]!;
    expect(await describeNodes(clients[0], root, clients)).toEqual(recorded);
  }

  async function children(path: string, count: number): Promise<void> {
    const look = async () => {
      const { stat } = await clients[0].exists(path);
      return (stat?.numChildren ?? 0) === count || undefined;
    };
    await until(look, { what: `${count} children of ${path}`, timeoutMs: WAIT_MS, everyMs: 5 });
  }

  it('multi lock: held', async () => {
    const lock = new InterProcessMultiLock(clients[0], ['/v/multi/b', '/v/multi/a'], { data });
    const set = await lock.acquire();
    await compare('multi-lock-held.json');
    await set.release();
  });

  it.each(['rwlock-2-readers-writer-reader.json', 'rwlock-2-readers-writer-reader.curator59.json'])(
    'read/write lock: two readers, a writer and a reader in line (%s)',
    async (file) => {
      const path = '/v/rw';
      const lockOf = (client: Client, content = data) => new InterProcessReadWriteLock(client, path, { data: content });
      await lockOf(clients[0], 'who-1').readLock().acquire();
      await lockOf(clients[1]).readLock().acquire();
      const writing = lockOf(clients[2]).writeLock().acquire();
      await children(path, 3);
      const reading = lockOf(clients[1]).readLock().acquire();
      await children(path, 4);
      await compare(file);
      const ended = Promise.allSettled([writing, reading]);
      await company.leave();
      await ended;
    },
  );

  it.each(['read and then released', 'downgraded'])('read/write lock: a writer that has %s', async (manner) => {
    const path = '/v/rwdown';
    const lockOf = (client: Client) => new InterProcessReadWriteLock(client, path, { data });
    const writer = await lockOf(clients[0]).writeLock().acquire();
    await writer.release();
    await clients[0].delete(path);
    const lock = lockOf(clients[0]);
    const writerHold = await lock.writeLock().acquire({ owner: 'job' });
    const writing = lockOf(clients[1]).writeLock().acquire();
    await children(path, 2);
    if (manner !== 'downgraded') {
      await lock.readLock().acquire({ owner: 'job' });
      await compare('rwlock-downgrade-both-held.curator59.json');
      await writerHold.release();
    } else await writerHold.downgrade();
    await compare('rwlock-downgrade-done.curator59.json');
    const ended = Promise.allSettled([writing]);
    await company.leave();
    await ended;
  });

  it('semaphore: two of two, and two who wait', async () => {
    const path = '/v/sem';
    const semaphoreOf = (client: Client, content = data) => {
      return new InterProcessSemaphoreV2(client, path, { permits: 2, data: content });
    };
    await semaphoreOf(clients[0], 'holder-1').acquire();
    await semaphoreOf(clients[1]).acquire();
    await children(`${path}/locks`, 0);
    await compare('semaphore-2of2.json');
    const inside = semaphoreOf(clients[2]).acquire();
    await children(`${path}/leases`, 3);
    const outside = semaphoreOf(clients[0]).acquire();
    await children(`${path}/locks`, 2);
    await compare('semaphore-2of2-2-waiters.json');
    const ended = Promise.allSettled([inside, outside]);
    await company.leave();
    await ended;
  });

  it('semaphore mutex: held, and two who wait', async () => {
    const path = '/v/semmutex';
    const lockOf = (client: Client) => new InterProcessSemaphoreMutex(client, path, { data });
    await lockOf(clients[0]).acquire();
    await children(`${path}/locks`, 0);
    await compare('semaphore-mutex-held.json');
    const inside = lockOf(clients[1]).acquire();
    await children(`${path}/leases`, 2);
    const outside = lockOf(clients[2]).acquire();
    await children(`${path}/locks`, 2);
    await compare('semaphore-mutex-held-2-waiters.json');
    const ended = Promise.allSettled([inside, outside]);
    await company.leave();
    await ended;
  });
});

describe("Curator's znodes are understood", () => {
  let server: LiveServer;
  let company: Company;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.close());
  beforeEach(() => {
    company = new Company(server);
  });
  afterEach(() => company.leave());

  /** Makes the nodes of a recorded state, each in the session of its owner. */
  async function plant(file: string): Promise<Client[]> {
    const clients = await company.clients(4);
    for (const { path, owner, dataHex } of recordedNodes(file, (each) => each, { names: 'as they are' })) {
      const mode = owner === null ? 'persistent' : 'ephemeral';
      const client = clients[owner === null ? 3 : Number(owner.slice('session-'.length)) - 1]!;
      await client.create('/v').catch(() => undefined);
      await client.create(path, Buffer.from(dataHex, 'hex'), { mode });
    }
    return clients;
  }

  it('a line of readers and writers', async () => {
    const clients = await plant('rwlock-2-readers-writer-reader.curator59.json');
    const lock = new InterProcessReadWriteLock(clients[3]!, '/v/rw');
    const kinds = (await lock.participants()).map((path) => path.slice(-18));
    expect(kinds).toEqual(['__READ__0000000000', '__READ__0000000001', '__WRIT__0000000002', '__READ__0000000003']);
    expect(await lock.readLock().tryAcquire()).toBeNull();
    await clients[2]!.close();
    expect((await lock.readLock().tryAcquire())?.isHeld()).toBe(true);
    expect(await lock.writeLock().tryAcquire()).toBeNull();
  });

  it('a downgraded writer, who is before the writer that waits', async () => {
    const clients = await plant('rwlock-downgrade-done.curator59.json');
    const lock = new InterProcessReadWriteLock(clients[3]!, '/v/rwdown');
    expect((await lock.participants()).map((path) => path.slice(-18))).toEqual([
      '__READ__0000000000',
      '__WRIT__0000000001',
    ]);
    const reading = lock.readLock().acquire({ timeoutMs: WAIT_MS });
    await clients[1]!.close();
    expect((await reading).isHeld()).toBe(true);
  });

  it('a semaphore with no lease left', async () => {
    const clients = await plant('semaphore-2of2.json');
    const semaphore = new InterProcessSemaphoreV2(clients[3]!, '/v/sem', { permits: 2 });
    expect(await semaphore.available()).toBe(0);
    expect(await semaphore.participants()).toHaveLength(2);
    const waiting = semaphore.acquire({ timeoutMs: WAIT_MS });
    await clients[0]!.close();
    expect((await waiting).isHeld()).toBe(true);
  });
});
