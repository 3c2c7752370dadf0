import { Client, PersistentWatcher, startServer } from 'pinfold';

const server = await startServer();
const [client, writer] = await Promise.all([1, 2].map(() => Client.connect(server.connectString)));
await writer.create('/switch', 'off');

const watcher = new PersistentWatcher(client, '/switch');
for await (const { type } of watcher.events()) {
  // `resync` comes first, and after every reconnection: read as if something had happened.
  const { data } = await client.getData('/switch');
  console.log(`${type}: ${data}`);
  if (type === 'resync') await writer.setData('/switch', 'on');
  else break;
}

await watcher.close();
await Promise.all([client.close(), writer.close()]);
await server.close();
