import { expect, test } from 'vitest';
import { Client } from '../../../src/client/index.js';
import type { Logger } from '../../../src/runtime/index.js';
import { startServer } from '../../../src/testing/index.js';

test('a logger that throws does not stop the client', async () => {
  let lines = 0;
  const fail = (): never => {
    lines += 1;
    throw new Error('disk of the log is full');
  };
  const logger: Logger = { debug: fail, info: fail, warn: fail, error: fail };
  await using server = await startServer();
  await using client = await Client.connect(server.connectString, { logger });
  await server.restart();
  expect((await client.exists('/')).stat).not.toBeNull();
  expect(lines).toBeGreaterThan(0);
});
