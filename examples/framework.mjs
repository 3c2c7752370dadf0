import { Client, CuratorFramework, exponentialBackoffRetry, startServer } from 'pinfold';

const server = await startServer();
const client = await Client.connect(server.connectString);
const framework = new CuratorFramework(client, {
  namespace: 'shop',
  retryPolicy: exponentialBackoffRetry({ baseMs: 100, maxRetries: 5, maxSleepMs: 2000 }),
});

await framework.create('/config/limits', '10', { parents: 'container', orSetData: true });
const { data, stat } = await framework.getData('/config/limits');
console.log(`limits ${data}, version ${stat.version}`);

// If the answer gets lost, a write is asked after and not sent again blindly.
await framework.setData('/config/limits', '20', { version: stat.version, idempotent: true });

const { path } = await framework.create('/jobs/job-', 'resize', {
  mode: 'persistent-sequential',
  parents: 'container',
  protected: true, // exactly one, whatever gets lost
});
console.log(path.replace(/_c_.{36}-/, '_c_...-'));

for await (const state of framework.connectionStates()) {
  console.log(state);
  break;
}
await framework.delete('/jobs', { recursive: true });
await framework.close();
await client.close();
await server.close();
