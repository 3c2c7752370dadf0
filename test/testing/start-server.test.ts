import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Client } from '../../src/client/index.js';
import { startServer } from '../../src/testing/index.js';

/** Asks a four-letter word. */
function ask(port: number, word: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(word));
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

test.each(['memory', 'disk'] as const)('a %s server serves on a free port', async (storage) => {
  await using server = await startServer({ storage });
  expect(server.port).toBeGreaterThan(0);
  expect(await ask(server.port, 'ruok')).toBe('imok');
  expect(await ask(server.port, 'srvr')).toMatch(/^Mode: standalone$/m);
});

test('a wrong setting is named', async () => {
  await expect(startServer({ config: { tickTim: 5 } })).rejects.toThrow(/tickTim/);
});

test('a directory means a server on disk, and contradicts one in memory', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'pinfold-test-'));
  try {
    await using server = await startServer({ dataDir });
    expect(await ask(server.port, 'ruok')).toBe('imok');
    expect(await readdir(dataDir)).toContain('version-2');
    await expect(startServer({ storage: 'memory', dataDir })).rejects.toThrow(`dataDir is ${dataDir}`);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
});

test('a restart keeps the port', async () => {
  await using server = await startServer();
  const { port } = server;
  await server.restart();
  expect(server.port).toBe(port);
  expect(await ask(port, 'isro')).toBe('rw');
});

test('a TLS port lets clients in that have a certificate, and knows them by it', async () => {
  const pem = (name: string): string => fileURLToPath(new URL(`../fixtures/tls/${name}.pem`, import.meta.url));
  const home = await mkdtemp(join(tmpdir(), 'pinfold-tls-'));
  const keyStore = join(home, 'server.pem');
  await writeFile(keyStore, [await readFile(pem('server-key')), await readFile(pem('server'))].join(''));
  await using server = await startServer({
    config: { secureClientPort: 0, 'ssl.keyStore.location': keyStore, 'ssl.trustStore.location': pem('ca') },
  });
  const tls = {
    ca: await readFile(pem('ca')),
    cert: await readFile(pem('client')),
    key: await readFile(pem('client-key')),
  };
  await using client = await Client.connect(server.secureConnectString ?? '', { tls, timeoutMs: 20_000 });
  expect(await client.whoAmI()).toContainEqual({ scheme: 'x509', id: 'CN=alice,OU=eng,O=Example\\, Inc' });
  const stranger = Client.connect(server.secureConnectString ?? '', { tls: { ca: tls.ca }, timeoutMs: 500 });
  await expect(stranger).rejects.toThrow();
  await rm(home, { recursive: true });
});
