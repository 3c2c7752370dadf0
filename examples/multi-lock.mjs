import { Client, InterProcessMultiLock, startServer } from 'pinfold';

const server = await startServer();
const client = await Client.connect(server.connectString);

async function transfer(from, to) {
  // Sorted by path: two transfers that name the same accounts the other way round cannot wait for each other.
  const lock = new InterProcessMultiLock(client, [`/locks/account-${from}`, `/locks/account-${to}`]);
  await lock.run(
    async (holds) => {
      // Applied only if both locks are ours when the server applies it.
      await holds.transaction().create(`/transfer-${from}-${to}`).commit();
      console.log(`from ${from} to ${to}`);
    },
    { timeoutMs: 5000 }, // for both together
  );
}

await Promise.all([transfer('A', 'B'), transfer('B', 'A')]);

await client.close();
await server.close();
