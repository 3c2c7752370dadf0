import { Client, ServiceDiscovery, startServer } from 'pinfold';

const server = await startServer();
const [backend, frontend] = await Promise.all([1, 2].map(() => Client.connect(server.connectString)));

// Where the service runs.
const registry = new ServiceDiscovery(backend, '/services');
for (const port of [8081, 8082]) {
  const uriSpec = '{scheme}://{address}:{port}';
  await registry.registerService({ name: 'web', id: `web-${port}`, address: '192.0.2.10', port, uriSpec });
}

// Where it is used: a provider is made once and kept.
const discovery = new ServiceDiscovery(frontend, '/services');
const provider = discovery.serviceProvider('web');
await provider.ready();
for (let request = 0; request < 3; request += 1) {
  const instance = provider.getInstance();
  console.log('asking', instance.uriSpec.build(instance));
}

// It did not answer, twice: for half a minute it is not given out.
const bad = provider.getInstance();
for (let error = 0; error < 2; error += 1) provider.noteError(bad);
console.log(
  'usable:',
  provider.getAllInstances().map(({ id }) => id),
);

await Promise.all([registry.close(), discovery.close()]);
await Promise.all([backend.close(), frontend.close()]);
await server.close();
