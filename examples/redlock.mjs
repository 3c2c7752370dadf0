import { Client, startServer } from 'pinfold';
import { ExecutionError, Redlock } from 'pinfold/recipes/redis';

const server = await startServer();
const client = await Client.connect(server.connectString);
const redlock = new Redlock({ client }); // where it was: new Redlock([redis])
redlock.on('error', (error) => console.log(error.code));

await redlock.using(['orders', 'stock'], 5000, async (signal, { lock }) => {
  console.log('held:', !signal.aborted && lock.isHeld());
});

const lock = await redlock.acquire(['orders'], 1000);
await redlock.acquire(['orders'], 1000, { retryCount: 0 }).catch((error) => {
  console.log(error instanceof ExecutionError);
});
await lock.extend(5000);
await lock.release();

await client.close();
await server.close();
