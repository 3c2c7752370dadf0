import { Client, InterProcessMutex } from 'pinfold';
import { startServer, type TestServer } from 'pinfold/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';

let server: TestServer;
beforeAll(async () => {
  server = await startServer(); // a free port, in memory, in milliseconds
});
afterAll(() => server.close());

test('ten workers, one counter', async () => {
  let counter = 0;
  const workers = Array.from({ length: 10 }, async () => {
    await using client = await Client.connect(server.connectString);
    await new InterProcessMutex(client, '/locks/counter').run(async () => {
      const seen = counter;
      await client.exists('/'); // somebody else would slip in here
      counter = seen + 1;
    });
  });
  await Promise.all(workers);
  expect(counter).toBe(10);
});

test('a worker whose session ends loses the lock, and is told', async () => {
  await using client = await Client.connect(server.connectString);
  const hold = await new InterProcessMutex(client, '/locks/job').acquire();
  const told = new Promise((resolve) => hold.signal.addEventListener('abort', resolve));
  server.expireSession(hold.sessionId);
  await told;
  expect(hold.isHeld()).toBe(false);
});
