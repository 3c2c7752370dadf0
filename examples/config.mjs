import { EventEmitter, once } from 'node:events';
import { Client, ConnectionLossError, startServer } from 'pinfold';

/** Calls `use` with the content of a node, now and after each change, until `stopping` aborts. */
export async function followConfig(client, path, { use, stopping }) {
  const watch = await client.addWatch(path); // first the watch, then the read: nothing falls in between
  stopping.addEventListener('abort', () => watch.close(), { once: true });
  await readAndUse();
  for await (const event of watch) {
    // Whatever happened, also `resync` after the connection was away: reading again is right.
    if (event.type !== 'closed') await readAndUse();
  }

  async function readAndUse() {
    try {
      const { data } = await client.getData(path);
      use(JSON.parse(String(data)));
    } catch (error) {
      if (!(error instanceof ConnectionLossError)) throw error; // else `resync` comes with the connection
    }
  }
}

const server = await startServer();
const [app, operator] = await Promise.all([1, 2].map(() => Client.connect(server.connectString)));
await operator.create('/config', '{"level":"info"}');

const stopping = new AbortController();
const seen = new EventEmitter();
const following = followConfig(app, '/config', {
  stopping: stopping.signal,
  use: ({ level }) => {
    console.log(`level ${level}`);
    seen.emit(level);
  },
});
await once(seen, 'info');
await operator.setData('/config', '{"level":"debug"}');
await once(seen, 'debug');

stopping.abort();
await following;
await Promise.all([app.close(), operator.close()]);
await server.close();
