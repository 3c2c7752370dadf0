import { Client, runOnce, startServer } from 'pinfold';

const server = await startServer();
const replicas = await Promise.all([1, 2, 3].map(() => Client.connect(server.connectString)));

// Each replica has its own timer, and calls this at every tick; the occasion is the time the tick was due.
const due = new Date(Math.floor(Date.now() / 60_000) * 60_000);
const results = await Promise.all(
  replicas.map((client, index) =>
    runOnce(client, { path: '/jobs/nightly-report', occasion: due, by: `replica ${index}` }, async (run) => {
      console.log(`sending the report of ${run.occasion}`);
    }),
  ),
);
console.log(`${results.filter(({ ran }) => ran).length} of ${results.length} replicas did it`);

const late = await runOnce(replicas[0], { path: '/jobs/nightly-report', occasion: due }, () => undefined);
console.log(`once more: ${late.reason}, ${late.last.outcome}`);

await Promise.all(replicas.map((client) => client.close()));
await server.close();
