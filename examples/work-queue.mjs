import { Client, DistributedQueue, startServer } from 'pinfold';

const server = await startServer();

// A producer. `put` resolves when the item is safe with the servers; with maxItems it waits while the queue is full.
const producer = await Client.connect(server.connectString);
const orders = new DistributedQueue(producer, '/queues/orders', { maxItems: 1000 });
for (const order of ['tea', 'coffee', 'cake']) await orders.put(order);

// A worker; in life, many processes of them. What is not acked, because the worker dies or throws, goes to another one.
const worker = await Client.connect(server.connectString);
const queue = new DistributedQueue(worker, '/queues/orders');
let done = 0;
for await (const item of queue.items()) {
  try {
    console.log(`preparing ${item.value}`); // stop when item.signal aborts: somebody else has it then
    await item.ack();
  } finally {
    await item.nack(); // back into the queue, unless it was acked
  }
  if ((done += 1) === 3) break;
}
console.log(`${done} done, ${await queue.size()} left`);

await Promise.all([producer.close(), worker.close()]);
await server.close();
