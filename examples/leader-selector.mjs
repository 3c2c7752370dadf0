import { Client, LeaderSelector, startServer } from 'pinfold';

const server = await startServer();
const client = await Client.connect(server.connectString);

let terms = 0;
const selector = new LeaderSelector(
  client,
  '/leaders/cleanup',
  async (term) => {
    terms += 1;
    console.log(`term ${terms} begins`);
    if (terms === 2) {
      // Leads until it is told to stop, and then tidies up: nobody else leads before this returns.
      await new Promise((resolve) => term.signal.addEventListener('abort', resolve));
      console.log(`told to stop: ${term.signal.reason.reason}; still the leader: ${term.isHeld()}`);
    }
  },
  { id: 'replica 1' },
);
selector.start();
while (terms < 2) await client.sync('/');

console.log(`leader: ${(await selector.leader()).id}`);
await selector.close();

await client.close();
await server.close();
