import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client } from '../../src/client/index.js';
import { startServer } from '../../src/testing/index.js';
import { until } from '../interop/support/until.js';

// Counts what the process has open: it needs one of its own.
function count(kind: string): number {
  return process.getActiveResourcesInfo().filter((each) => each === kind).length;
}

/** Every socket and every timer beyond these is gone. */
async function expectTimers(timers: number): Promise<void> {
  const look = (): true | undefined => (count('TCPSocketWrap') === 0 && count('Timeout') <= timers ? true : undefined);
  await until(look, { what: 'no handle left', timeoutMs: 20_000 });
}

describe('a closed client leaves no socket and no timer', () => {
  let mute: Server;
  const accepted = new Set<Socket>();
  beforeEach(async () => {
    mute = createServer((socket) => accepted.add(socket.on('error', () => socket.destroy())));
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    for (const socket of accepted) socket.destroy();
    accepted.clear();
    await new Promise((resolve) => mute.close(resolve));
  });

  it('when a server accepts and never answers', async () => {
    const timers = count('Timeout');
    const { port } = mute.address() as AddressInfo;
    const client = new Client(`127.0.0.1:${port}`);
    await until(() => (accepted.size > 0 ? true : undefined), { what: 'a connection', timeoutMs: 20_000 });
    const startMs = performance.now();
    await client.close();
    expect(performance.now() - startMs).toBeLessThan(1000);
    for (const socket of accepted) socket.destroy();
    await expectTimers(timers);
  });

  it('when nobody listens', async () => {
    const timers = count('Timeout');
    const client = new Client('127.0.0.1:1');
    await expect(client.connected({ timeoutMs: 200 })).rejects.toMatchObject({ code: 'TIMEOUT' });
    await client.close();
    await expectTimers(timers);
  });

  it('when the server stopped while it was connected', async () => {
    const timers = count('Timeout');
    const server = await startServer();
    const client = await Client.connect(server.connectString);
    await server.close();
    const startMs = performance.now();
    await client.close({ timeoutMs: 300 });
    expect(performance.now() - startMs).toBeLessThan(1500);
    await expectTimers(timers);
  });
});
