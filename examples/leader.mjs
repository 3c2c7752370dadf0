import { Client, InterProcessMutex, startServer } from 'pinfold';

/** Leads for as long as this process can, stands in line again when it could not, until `stopping` aborts. */
export async function leadForever(client, lead, stopping) {
  const lock = new InterProcessMutex(client, '/leaders/reports');
  while (!stopping.aborted) {
    const hold = await lock.acquire({ signal: stopping });
    const term = AbortSignal.any([hold.signal, stopping]);
    await lead({ token: hold.token, signal: term }).finally(() => hold.release());
  }
}

const server = await startServer();
const replicas = await Promise.all(['a', 'b'].map(() => Client.connect(server.connectString)));
const stopping = new AbortController();
const terms = replicas.map((client, index) =>
  leadForever(
    client,
    async ({ token, signal }) => {
      console.log(`replica ${index} leads, token ${token}`);
      if (index === 1) stopping.abort(new Error('seen enough'));
      else await client.close(); // as if the process went down
      if (!signal.aborted) throw new Error('a leader must notice');
    },
    stopping.signal,
  ).catch((error) => console.log(`replica ${index} stops: ${error.message}`)),
);

await Promise.all(terms);
await Promise.all(replicas.map((client) => client.close()));
await server.close();
