import { Client, InterProcessMutex, startServer } from 'pinfold';

const server = await startServer(); // in this process, to try things; later you give the address of your own
const client = await Client.connect(server.connectString);
const lock = new InterProcessMutex(client, '/locks/invoices');

const sent = await lock.run(async (hold) => {
  // Nobody else is in here, in any process on any machine, as long as hold.signal has not aborted.
  console.log(`sending invoices, token ${hold.token}`);
  return 3;
});

console.log(`sent ${sent}`);
await client.close();
await server.close();
