import { Client, LeaderLatch, startServer } from 'pinfold';

/** Leads for as long as this process can, and stands in line again when it could not, until the latch is closed. */
export async function leadForever(latch, lead) {
  latch.start();
  for await (const term of latch.terms()) {
    await lead(term); // should end soon after term.signal has aborted
    await term.resign();
  }
}

const server = await startServer();
const clients = await Promise.all(['a', 'b'].map(() => Client.connect(server.connectString)));
const latches = clients.map((client, index) => new LeaderLatch(client, '/leaders/reports', { id: `replica ${index}` }));

const replicas = latches.map((latch, index) =>
  leadForever(latch, async (term) => {
    console.log(`replica ${index} leads, token ${term.token}`);
    // Work. This one has had enough at once: as if its process went down.
    await latch.close();
    console.log(`replica ${index} stops: ${term.signal.reason.reason}`);
  }),
);

await Promise.all(replicas);
await Promise.all(clients.map((client) => client.close()));
await server.close();
