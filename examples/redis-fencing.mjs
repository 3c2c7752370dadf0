import RedisMock from 'ioredis-mock'; // in your program: import { Redis } from 'ioredis'
import { Client, InterProcessMutex, startServer } from 'pinfold';
import { FenceGuard, FencedError } from 'pinfold/recipes/redis';

const redis = new RedisMock();
const server = await startServer();
const client = await Client.connect(server.connectString);
const lock = new InterProcessMutex(client, '/locks/order-42');
const guard = new FenceGuard(redis);

const early = await lock.acquire();
await guard.set('order:42', early, 'packed');
await client.delete(early.path); // or: its process was frozen until the session was over

const late = await lock.acquire();
await guard.set('order:42', late, 'shipped');
try {
  await guard.set('order:42', early.token, 'packed again'); // it wakes up, and writes
} catch (error) {
  console.log(error instanceof FencedError, error.code);
}
console.log(await redis.get('order:42'));

await late.release();
await client.close();
await server.close();
redis.disconnect();
