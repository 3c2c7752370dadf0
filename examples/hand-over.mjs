import { Client, handOverOnSignal, LeaderLatch, startServer } from 'pinfold';

const server = await startServer();
const clients = await Promise.all([1, 2].map(() => Client.connect(server.connectString)));
const [ours, theirs] = clients.map((client) => new LeaderLatch(client, '/leaders/mail'));
ours.start();
await ours.awaitLeadership();
theirs.start();

// First what gives way to others, and its client last.
handOverOnSignal([ours, clients[0]]);
// This program has more to show, so it listens too. Without that, it would end here by the signal.
process.once('SIGTERM', () => console.log('asked to end'));
process.kill(process.pid, 'SIGTERM');

await theirs.awaitLeadership();
console.log(`handed over: ${ours.state}, and the other is ${theirs.state}`);
await theirs.close();
await clients[1].close();
await server.close();
