import { Client, DistributedDoubleBarrier, startServer } from 'pinfold';

const server = await startServer();
const clients = await Promise.all([1, 2, 3].map(() => Client.connect(server.connectString)));

let [inside, mostInside] = [0, 0];
await Promise.all(
  clients.map(async (client) => {
    const barrier = new DistributedDoubleBarrier(client, '/barriers/load-test', 3);
    await barrier.run(async (hold) => {
      inside += 1;
      mostInside = Math.max(mostInside, inside);
      // All three are in; hold.signal aborts if this one falls out.
      await client.sync('/');
      if (!hold.isHeld()) throw new Error('out');
    });
    // All three have left.
    inside -= 1;
  }),
);
console.log(`${mostInside} together, then ${inside}`);

await Promise.all(clients.map((client) => client.close()));
await server.close();
