import { Client, KeeperError, LockLostError, InterProcessMutex, startServer } from 'pinfold';

const server = await startServer();
const client = await Client.connect(server.connectString);

try {
  await client.setData('/nowhere', 'x');
} catch (error) {
  if (!(error instanceof KeeperError)) throw error;
  console.log(error.code, error.rc, error.path, `retryable=${error.retryable} ambiguous=${error.ambiguous}`);
}

const hold = await new InterProcessMutex(client, '/locks/a').acquire();
server.expireSession(hold.sessionId);
if (!hold.signal.aborted) await new Promise((resolve) => hold.signal.addEventListener('abort', resolve));
const lost = hold.signal.reason;
console.log(lost instanceof LockLostError, lost.reason);

await client.close();
await server.close();
