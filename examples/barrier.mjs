import { Client, DistributedBarrier, startServer } from 'pinfold';

const server = await startServer();
const clients = await Promise.all([1, 2, 3].map(() => Client.connect(server.connectString)));
const [maintenance, ...gates] = clients.map((client) => new DistributedBarrier(client, '/barriers/maintenance'));

await maintenance.setBarrier();
const waits = gates.map(async (gate, index) => {
  await gate.waitOnBarrier({ timeoutMs: 10_000 });
  console.log(`process ${index} goes on`);
});
console.log('closed:', await gates[0].isSet());
await maintenance.removeBarrier();
await Promise.all(waits);

await Promise.all(clients.map((client) => client.close()));
await server.close();
