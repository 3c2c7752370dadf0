import { Client, InterProcessReadWriteLock, startServer } from 'pinfold';

const server = await startServer();
const [shop, office] = await Promise.all([1, 2].map(() => Client.connect(server.connectString)));
const prices = (client) => new InterProcessReadWriteLock(client, '/locks/prices');

// Readers are in together.
const [one, other] = await Promise.all([shop, office].map((client) => prices(client).readLock().acquire()));
console.log('readers:', one.isHeld() && other.isHeld());

// A writer waits for the readers before it; readers who come later wait for the writer.
const writing = prices(office)
  .writeLock()
  .run(async (hold) => {
    console.log(`new prices, token ${hold.token}`);
  });
await one.release();
await other.release();
await writing;

await Promise.all([shop.close(), office.close()]);
await server.close();
