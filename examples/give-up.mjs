import { Client, InterProcessMutex, startServer, TimeoutError } from 'pinfold';

const server = await startServer();
const client = await Client.connect(server.connectString);
const lock = new InterProcessMutex(client, '/locks/printer');
const hold = await lock.acquire();

// 1. Not now? Then never mind.
console.log('free:', (await lock.tryAcquire()) !== null);

// 2. Wait, but not for ever. When this rejects, its place in the line is gone already.
await lock.acquire({ timeoutMs: 100 }).catch((error) => {
  if (!(error instanceof TimeoutError)) throw error;
  console.log('gave up:', error.code);
});

// 3. Wait until somebody says stop.
const stopping = new AbortController();
const waiting = lock.acquire({ signal: stopping.signal }).catch((error) => console.log('gave up:', error.message));
stopping.abort(new Error('shutting down'));
await waiting;

await hold.release();
await client.close();
await server.close();
