import { Client, MigrationManager, startServer } from 'pinfold';

const server = await startServer();
const client = await Client.connect(server.connectString);
const manager = new MigrationManager(client, { lockPath: '/migrations/locks', metaPath: '/migrations/done' });

const set = {
  id: 'catalogue',
  migrations: [
    [
      { type: 'create', path: '/catalogue' },
      { type: 'create', path: '/catalogue/version', data: '1' },
    ],
    [
      { type: 'create', path: '/catalogue/items' },
      { type: 'setData', path: '/catalogue/version', data: '2' },
    ],
  ],
};
const results = await Promise.all([manager.migrate(set), manager.migrate(set)]); // two programs start at once
console.log('applied', results.map(({ applied }) => applied).sort());
console.log('version', String((await client.getData('/catalogue/version')).data));

await client.close();
await server.close();
