import { Client, DistributedQueue, startServer } from 'pinfold';

const server = await startServer();
const client = await Client.connect(server.connectString);
const payments = new DistributedQueue(client, '/queues/payments');
await client.create('/booked');
await payments.put('invoice-7');

for await (const item of payments.items()) {
  // The item leaves the queue and the booking is made in one transaction: both, or neither.
  await item.ack({ also: (step) => step.create(`/booked/${item.value}`) });
  break;
}
console.log((await client.getChildren('/booked')).children, await payments.size());

await client.close();
await server.close();
