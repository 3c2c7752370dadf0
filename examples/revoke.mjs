import { Client, InterProcessMutex, startServer } from 'pinfold';

const server = await startServer();
const [batch, urgent] = await Promise.all([1, 2].map(() => Client.connect(server.connectString)));
const lock = new InterProcessMutex(batch, '/locks/gpu');

const hold = await lock.acquire({ revocable: true });
const asked = new Promise((resolve) => hold.revokeRequested.addEventListener('abort', resolve));

// Elsewhere: who holds it? Ask for it.
const elsewhere = new InterProcessMutex(urgent, '/locks/gpu');
const [holder] = await elsewhere.participants();
await InterProcessMutex.revoke(urgent, holder);

await asked;
console.log('asked to stop; still held:', hold.isHeld());
await hold.release(); // nothing but this gives it back

await Promise.all([batch.close(), urgent.close()]);
await server.close();
