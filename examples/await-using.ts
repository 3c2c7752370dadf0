import { Client, InterProcessMutex, startServer } from 'pinfold';

await using server = await startServer();
await using client = await Client.connect(server.connectString);
const lock = new InterProcessMutex(client, '/locks/invoices');

{
  await using hold = await lock.acquire({ timeoutMs: 5000 });
  console.log('held:', hold.isHeld());
} // released here, also when the block throws

console.log('in line:', (await lock.participants()).length);
