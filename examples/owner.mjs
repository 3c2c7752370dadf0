import { Client, InterProcessMutex, startServer } from 'pinfold';

const server = await startServer();
const client = await Client.connect(server.connectString);
const lock = new InterProcessMutex(client, '/locks/orders');

async function book(order, owner) {
  await lock.run(
    async (hold) => {
      console.log(`booking ${order}, token ${hold.token}`);
      await notify(order, owner);
    },
    { owner },
  );
}

async function notify(order, owner) {
  // The same owner enters again, without a second node; without `owner` this would wait for itself.
  await lock.run(async (hold) => console.log(`notifying for ${order}, token ${hold.token}`), { owner });
}

await Promise.all([book('A-1', Symbol('A-1')), book('A-2', Symbol('A-2'))]);

await client.close();
await server.close();
