import type { Client } from '../../../src/client/index.js';
import {
  InterProcessMultiLock,
  InterProcessMutex,
  InterProcessReadWriteLock,
  InterProcessSemaphoreMutex,
  InterProcessSemaphoreV2,
} from '../../../src/recipes/index.js';
import { crowdInLine, STEPS, Takers } from './crowd-in-line.js';
import type { Taken } from './crowd-in-line.js';
import type { HerdCase, HerdCrowd, HerdStage } from './herd-case.js';

const WRITERS = 3;

export const LOCK_CASES: readonly HerdCase[] = [
  {
    id: 'mutex',
    recipe: 'InterProcessMutex',
    step: 'a release',
    eventsMax: () => 1,
    gather: (stage, waiters) => {
      const take = (client: Client): Promise<Taken> => new InterProcessMutex(client, stage.path).acquire();
      return crowdInLine(stage, { waiters, take, line: { path: stage.path, length: waiters + 1 } });
    },
  },
  {
    id: 'semaphore-mutex',
    recipe: 'InterProcessSemaphoreMutex',
    step: 'a release',
    eventsMax: () => 2,
    gather: (stage, waiters) => {
      const take = (client: Client): Promise<Taken> => new InterProcessSemaphoreMutex(client, stage.path).acquire();
      return crowdInLine(stage, { waiters, take, line: { path: `${stage.path}/locks`, length: waiters } });
    },
  },
  {
    id: 'semaphore',
    recipe: 'InterProcessSemaphoreV2',
    step: 'a lease returned',
    eventsMax: () => 2,
    gather: (stage, waiters) => {
      const take = (client: Client): Promise<Taken> =>
        new InterProcessSemaphoreV2(client, stage.path, { permits: 1 }).acquire();
      return crowdInLine(stage, { waiters, take, line: { path: `${stage.path}/locks`, length: waiters } });
    },
  },
  {
    id: 'rw-writers',
    recipe: 'InterProcessReadWriteLock',
    step: 'a writer leaves, another is next, readers wait behind',
    eventsMax: () => 1,
    gather: writersBeforeReaders,
  },
  {
    id: 'rw-readers',
    recipe: 'InterProcessReadWriteLock',
    step: 'the last writer leaves, all readers may go',
    eventsMax: (readers) => readers,
    gather: readersBehindWriter,
  },
  {
    id: 'rw-reader-leaves',
    recipe: 'InterProcessReadWriteLock',
    step: 'a reader leaves, a writer waits for the others',
    eventsMax: () => 1,
    gather: writerBehindReaders,
  },
  {
    id: 'multi-lock',
    recipe: 'InterProcessMultiLock',
    step: 'a release of two locks',
    eventsMax: () => 1,
    gather: (stage, waiters) => {
      const paths = [`${stage.path}/a`, `${stage.path}/b`];
      const take = (client: Client): Promise<Taken> => new InterProcessMultiLock(client, paths).acquire();
      return crowdInLine(stage, { waiters, take, line: { path: paths[0]!, length: waiters + 1 } });
    },
  },
];

async function writersBeforeReaders(stage: HerdStage, readers: number): Promise<HerdCrowd> {
  const clients = await stage.clients(WRITERS + readers);
  const writers = new Takers((client) => write(client, stage.path));
  for (const [index, client] of clients.slice(0, WRITERS).entries()) {
    writers.start(client);
    await stage.children(stage.path, index + 1);
  }
  const behind = new Takers((client) => read(client, stage.path));
  for (const client of clients.slice(WRITERS)) behind.start(client);
  await stage.children(stage.path, WRITERS + readers);
  let writer = await writers.next();
  return {
    steps: WRITERS - 1,
    step: async () => {
      const next = writers.next();
      await writer.release();
      writer = await next;
    },
  };
}

async function readersBehindWriter(stage: HerdStage, count: number): Promise<HerdCrowd> {
  const [first, ...others] = (await stage.clients(count + 1)) as [Client, ...Client[]];
  const writer = await write(first, stage.path);
  const readers = new Takers((client) => read(client, stage.path));
  for (const client of others) readers.start(client);
  await stage.children(stage.path, count + 1);
  return {
    steps: 1,
    step: async () => {
      const admitted = Promise.all(others.map(() => readers.next()));
      await writer.release();
      await admitted;
    },
  };
}

/** The last of them to come leaves first: that is whom the writer watches. */
async function writerBehindReaders(stage: HerdStage, count: number): Promise<HerdCrowd> {
  const [writer, ...clients] = (await stage.clients(count + 1)) as [Client, ...Client[]];
  const readers = await Promise.all(clients.slice(STEPS).map((client) => read(client, stage.path)));
  for (const client of clients.slice(0, STEPS)) readers.push(await read(client, stage.path));
  new Takers((client) => write(client, stage.path)).start(writer);
  await stage.children(stage.path, count + 1);
  return {
    steps: Math.min(STEPS, count - 1),
    step: async () => {
      await readers.pop()?.release();
    },
  };
}

function write(client: Client, path: string): Promise<Taken> {
  return new InterProcessReadWriteLock(client, path).writeLock().acquire();
}

function read(client: Client, path: string): Promise<Taken> {
  return new InterProcessReadWriteLock(client, path).readLock().acquire();
}
