// node examples/lock.mjs 127.0.0.1:2181   (start it twice: the second waits for the first)
import { Client, InterProcessMutex } from 'pinfold';

const client = await Client.connect(process.argv[2] ?? '127.0.0.1:2181', { sessionTimeoutMs: 4000 });
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stopping.abort(new Error(signal)));

const lock = new InterProcessMutex(client, '/examples/lock', { data: `process ${process.pid}` });
try {
  console.log('waiting for the lock ...');
  const hold = await lock.acquire({ signal: stopping.signal });
  console.log(`got it, token ${hold.token}; keeping it for ten seconds`);
  const enough = AbortSignal.any([AbortSignal.timeout(10_000), stopping.signal, hold.signal]);
  await new Promise((resolve) => enough.addEventListener('abort', resolve));
  console.log(hold.isHeld() ? 'giving it back' : `lost it: ${hold.signal.reason.message}`);
  await hold.release();
} catch (error) {
  if (!stopping.signal.aborted) throw error;
  console.log('gave up waiting');
} finally {
  await client.close();
}
