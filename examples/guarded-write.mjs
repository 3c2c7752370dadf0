import { Client, InterProcessMutex, startServer, TransactionError } from 'pinfold';

const server = await startServer();
const client = await Client.connect(server.connectString);
const lock = new InterProcessMutex(client, '/locks/plan');
const hold = await lock.acquire();
await client.create('/plan', 'first draft');

// Applied only if this hold's node exists at the moment the server applies it.
await hold.transaction().setData('/plan', 'second draft').commit();

await client.delete(hold.path); // the lock is gone, and this program does not know it yet
try {
  await hold.transaction().setData('/plan', 'too late').commit();
} catch (error) {
  if (!(error instanceof TransactionError)) throw error;
  console.log(`refused: ${error.code}`);
}
console.log(`the plan: ${(await client.getData('/plan')).data}`);

await client.close();
await server.close();
