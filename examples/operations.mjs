import { BadVersionError, Client, startServer } from 'pinfold';

const server = await startServer();
const client = await Client.connect(server.connectString);

// Sent in the order of the calls, without waiting for one another's answers.
const [, , job] = await Promise.all([
  client.create('/jobs', null),
  client.create('/stock', '10'),
  client.create('/jobs/job-', 'pack', { mode: 'persistent-sequential' }),
]);
console.log(job.path);

// A change that is refused when somebody else was faster.
const { data, stat } = await client.getData('/stock');
await client.setData('/stock', String(Number(data) - 1), { version: stat.version });
await client.setData('/stock', 'based on old data', { version: stat.version }).catch((error) => {
  if (!(error instanceof BadVersionError)) throw error;
  console.log('refused:', error.code);
});

// All of it or nothing.
await client.transaction().delete(job.path).setData('/stock', '8').check('/jobs').commit();
console.log(
  'stock',
  String((await client.getData('/stock')).data),
  'jobs',
  (await client.getChildren('/jobs')).children,
);

await client.close();
await server.close();
