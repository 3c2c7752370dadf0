import { Client, InterProcessReadWriteLock, startServer } from 'pinfold';

const server = await startServer();
const client = await Client.connect(server.connectString);
const lock = new InterProcessReadWriteLock(client, '/locks/catalogue');

const writer = await lock.writeLock().acquire();
await client.create('/catalogue', 'edition 7');

// From now on others may read, and nobody may write.
const reader = await writer.downgrade();
console.log('still ours to write:', writer.isHeld());
console.log('still as we wrote it:', reader.isHeld(), `${(await client.getData('/catalogue')).data}`);
console.log('same token:', reader.token === writer.token);
await reader.release();

await client.close();
await server.close();
