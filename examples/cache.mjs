import { Client, CuratorCache, startServer } from 'pinfold';

const server = await startServer();
const [writer, reader] = await Promise.all([1, 2].map(() => Client.connect(server.connectString)));
await writer.create('/config');
await writer.create('/config/level', 'info');

const cache = new CuratorCache(reader, '/config');
await cache.ready(); // everything was read once
console.log('level is', cache.get('/config/level').data.toString());

// Everything that changes, beginning with what is there. Leaving the loop ends the subscription.
await writer.setData('/config/level', 'debug');
for await (const event of cache.events()) {
  if (event.type === 'resync') console.log('nodes:', event.snapshot.size);
  if (event.type === 'changed') console.log(event.node.path, 'is now', event.node.data.toString());
  if (event.type === 'changed') break;
}

await cache.close();
await Promise.all([writer.close(), reader.close()]);
await server.close();
