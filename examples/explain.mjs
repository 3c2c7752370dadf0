import { Client, contenderLabel, explain, InterProcessMutex, startServer } from 'pinfold';

const server = await startServer();
const client = await Client.connect(server.connectString);

// The label is what people will see: JSON with this machine's name, the process, and what it is for.
const lock = new InterProcessMutex(client, '/locks/invoices', { data: contenderLabel('nightly invoices') });
const hold = await lock.acquire();
const next = lock.acquire();
while ((await lock.participants()).length < 2);

const { kind, holders, waiters } = await explain(client, '/locks/invoices');
console.log(`${kind}: held by ${holders[0].label}, process ${holders[0].pid}`);
console.log(`${waiters.length} waiting, the first for ${waiters[0].ageMs >= 0 ? 'some' : 'no'} ms`);

await hold.release();
await (await next).release();
await client.close();
await server.close();
