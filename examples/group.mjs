import { Client, GroupMember, startServer } from 'pinfold';

const server = await startServer();
const clients = await Promise.all([1, 2].map(() => Client.connect(server.connectString)));
const [one, two] = clients.map(
  (client, at) => new GroupMember(client, '/fleet', `m${at + 1}`, { payload: `10.0.0.${at + 1}` }),
);
await one.joined();
await two.joined();

for await (const members of one.changes()) {
  console.log([...members].map(([id, payload]) => `${id} at ${payload}`).join(', '));
  if (members.size === 1) break;
  await clients[1].close(); // its process ends
}

await one.close();
await clients[0].close();
await server.close();
