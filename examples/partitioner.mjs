import { Client, startServer, WorkPartitioner } from 'pinfold';

const server = await startServer();
const clients = await Promise.all([1, 2].map(() => Client.connect(server.connectString)));
const partitions = ['p0', 'p1', 'p2', 'p3', 'p4', 'p5'];
const working = new Map();

/** Works on one partition until it is another worker's. */
async function work(id, { partition, signal }) {
  working.set(partition, id);
  // Here: read from the queue of this partition, with `token` in every write, until told to stop.
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
  working.delete(partition);
}

const workers = clients.map(
  (client, at) => new WorkPartitioner(client, '/orders', { id: `w${at}`, partitions, debounceMs: 100 }),
);
const runs = workers.map((worker) => worker.run((assignment) => work(worker.id, assignment)));

const shared = () => working.size === partitions.length && new Set(working.values()).size === 2;
while (!shared()) await clients[0].sync('/');
console.log('two workers have all', working.size);

await workers[0].close(); // a deployment takes it away
while (working.size < partitions.length) await clients[1].sync('/');
console.log('one worker has all', working.size, [...new Set(working.values())]);

await workers[1].close();
await Promise.all(runs);
await Promise.all(clients.map((client) => client.close()));
await server.close();
