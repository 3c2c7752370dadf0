import { Client, SharedCount, startServer } from 'pinfold';

const server = await startServer();
const [admin, worker] = await Promise.all([1, 2].map(() => Client.connect(server.connectString)));

const limit = new SharedCount(worker, '/config/limit', { seed: 10 });
await limit.start();
const setting = new SharedCount(admin, '/config/limit');
await setting.start();

const following = (async () => {
  for await (const { value, isStale } of limit.changes()) {
    console.log(`limit ${value}${isStale ? ' (may be out of date)' : ''}`);
    if (value === 20) break;
    await setting.trySet(setting.versioned, 20); // false if somebody else has set it meanwhile
  }
})();
await following;

await Promise.all([limit.close(), setting.close()]);
await Promise.all([admin.close(), worker.close()]);
await server.close();
